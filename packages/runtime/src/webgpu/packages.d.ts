// Peers that are not installed when we build: what we use of them.

declare module 'webgpu' {
  /** The entry to WebGPU, `navigator.gpu` in a browser. */
  export function create(options: readonly string[]): object;
  /** What a browser has as globals: `GPUBufferUsage` and others. */
  export const globals: Readonly<Record<string, unknown>>;
}

declare module '@tensorflow/tfjs-backend-webgpu' {}
