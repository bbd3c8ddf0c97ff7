const arrays = ['Uint8Array', 'Uint16Array', 'Uint32Array', 'Int32Array', 'Float32Array', 'Float64Array'] as const;

/** The most bytes asked for at once, by a length, while `run` ran. Not while anything else runs in this process. */
export async function largestAllocation(run: () => Promise<unknown>): Promise<number> {
  let largest = 0;
  const undo = ['ArrayBuffer' as const, ...arrays].map((name) => {
    const original = globalThis[name];
    const width = 'BYTES_PER_ELEMENT' in original ? original.BYTES_PER_ELEMENT : 1;
    const watched = new Proxy(original, {
      construct(target, values, newTarget) {
        if (typeof values[0] === 'number') largest = Math.max(largest, values[0] * width);
        return Reflect.construct(target, values, newTarget);
      },
    });
    Object.assign(globalThis, { [name]: watched });
    return () => Object.assign(globalThis, { [name]: original });
  });
  try {
    await run();
  } finally {
    for (const back of undo) back();
  }
  return largest;
}
