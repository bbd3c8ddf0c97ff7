import { assemble, type FunctionSource } from '@hcsc/simd';
import { colorFunctions } from './kernels/color.js';
import { interleaveBytes, interleaveFloats } from './kernels/interleave.js';
import { sumPixels } from './kernels/sum-pixels.js';
import { sumRowsOfBytes, sumRowsOfFloats } from './kernels/sum-rows.js';

const sources = {
  ...colorFunctions,
  sumRowsOfBytes,
  sumRowsOfFloats,
  sumPixels1: sumPixels(1),
  sumPixels2: sumPixels(2),
  sumPixels3: sumPixels(3),
  sumPixels4: sumPixels(4),
  interleaveFloats,
  interleaveBytes,
} satisfies Record<string, FunctionSource>;

/** The kernels, called with their parameters in order; pointers are in bytes. */
export type Kernels = Readonly<Record<keyof typeof sources, (...values: number[]) => void>>;

const PAGE = 65536;
/** Just below 2 GiB, as addresses are compared with their sign. */
const MOST = 2 ** 31 - PAGE;

let compiled: WebAssembly.Module | undefined;

/** Memory that grows, and the kernels that work on it. */
export class Workspace {
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MOST / PAGE });
  readonly kernels: Kernels;
  /** Views of the memory; others after it grew. */
  bytes = new Uint8Array(this.memory.buffer);
  ints = new Int32Array(this.memory.buffer);
  floats = new Float32Array(this.memory.buffer);
  doubles = new Float64Array(this.memory.buffer);

  constructor() {
    compiled ??= new WebAssembly.Module(assemble(sources));
    this.kernels = new WebAssembly.Instance(compiled, { env: { memory: this.memory } }).exports as unknown as Kernels;
  }

  /**
   * Makes the memory at least this many bytes large.
   *
   * @throws RangeError if there is no such memory; nothing has changed then.
   */
  reserve(length: number): void {
    const missing = length - this.bytes.length;
    if (missing <= 0) return;
    try {
      if (length > MOST) throw new RangeError();
      this.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      const mebibytes = Math.ceil(length / 2 ** 20);
      throw new RangeError(
        `Cannot work on an image that takes ${mebibytes} MiB: give smaller ones (2 GiB are the limit)`,
      );
    }
    const { buffer } = this.memory;
    this.bytes = new Uint8Array(buffer);
    this.ints = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }
}
