/** What we ask of a graphics adapter before tfjs takes it. */
export interface Adapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/** The entry to WebGPU. */
export interface Gpu {
  requestAdapter(options: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

/** Dawn's entry, made once: each has its own instance of the driver. */
let dawn: Gpu | undefined;

/**
 * Makes WebGPU what it is in a browser, `navigator.gpu` and its globals, by the `webgpu` package unless there is one
 * already; the undo takes away what was added.
 *
 * @throws Error if the package is not installed.
 */
export async function provideWebgpu(): Promise<{ gpu: Gpu; undo: () => void }> {
  const there = (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu;
  if (there !== undefined) return { gpu: there, undo: () => {} };
  const { create, globals } = await import('webgpu');
  dawn ??= create([]) as Gpu;
  const added: (() => void)[] = [];
  const define = (owner: object, name: string, value: unknown) => {
    if (name in owner) return;
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    added.push(() => Reflect.deleteProperty(owner, name));
  };
  for (const [name, value] of Object.entries(globals)) define(globalThis, name, value);
  define(globalThis, 'navigator', {}); // Node has one from version 21 on
  define(globalThis.navigator, 'gpu', dawn);
  return {
    gpu: dawn,
    undo: () => {
      for (const remove of added.splice(0).reverse()) remove();
    },
  };
}
