/** The arrays whose constructors take a length, by the bytes of an element. */
const ARRAYS = { ArrayBuffer: 1, Uint8Array: 1, Uint32Array: 4, Int32Array: 4, Float64Array: 8 } as const;
const BUFFERS = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const;

/**
 * The most bytes that were asked for at once, by a length, while `run` ran: `new Uint8Array(n)` and its like,
 * `Buffer.alloc(n)`. Not while anything else runs in this process.
 */
export async function largestAllocation(run: () => Promise<unknown>): Promise<number> {
  let largest = 0;
  const note = (length: unknown, bytes: number) => {
    if (typeof length === 'number') largest = Math.max(largest, length * bytes);
  };
  const undo: (() => void)[] = [];
  const put = (on: object, name: string, value: unknown) => {
    const original = Object.getOwnPropertyDescriptor(on, name)!;
    undo.push(() => Object.defineProperty(on, name, original));
    Object.defineProperty(on, name, { ...original, value });
  };
  for (const [name, bytes] of Object.entries(ARRAYS)) {
    const original = globalThis[name as keyof typeof ARRAYS];
    put(
      globalThis,
      name,
      new Proxy(original, {
        construct(target, values, newTarget) {
          note(values[0], bytes);
          return Reflect.construct(target, values, newTarget);
        },
      }),
    );
  }
  for (const name of BUFFERS) {
    const original = Buffer[name] as (...values: unknown[]) => Buffer;
    put(Buffer, name, (...values: unknown[]) => {
      note(values[0], 1);
      return original.apply(Buffer, values);
    });
  }
  try {
    await run();
  } finally {
    for (const back of undo) back();
  }
  return largest;
}
