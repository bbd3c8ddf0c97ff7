import { assertKernel } from '../transforms/gaussian-blur.js';
import type { Size } from '../transforms/host-step.js';
import { assertPerChannel, assertStatistics } from '../transforms/normalize.js';
import { assertBoxes, assertSize } from '../transforms/resized-crop.js';
import { blurPlanes, blurScratch, gaussianSide } from './blur-planes.js';
import type { Canvas, CanvasCropOptions } from './canvas.js';
import { type Cut, copyPlanes, cropPlanes, planCrop } from './crop-planes.js';
import { type Bytes, endOf, type Planes, planesAt } from './planes.js';
import { Workspace } from './workspace.js';

const EMPTY: Bytes = { at: 0, stride: null, height: 0, width: 0, channels: 0 };

/**
 * A {@link Canvas} in WebAssembly's memory: the loaded bytes from address 0 on, behind them the present image as planes,
 * and what is made of it beside that, before or behind.
 */
export class WasmCanvas implements Canvas {
  private readonly space = new Workspace();
  private loaded = EMPTY;
  private present: Bytes | Planes = EMPTY;

  get height() {
    return this.present.height;
  }
  get width() {
    return this.present.width;
  }
  get channels() {
    return this.present.channels;
  }

  load(bytes: Uint8Array, height: number, width: number, channels: number): void {
    const image: Bytes = { at: 0, stride: null, height, width, channels };
    const positive = [height, width, channels].every((length) => Number.isInteger(length) && length > 0);
    if (!positive || bytes.length !== height * width * channels) {
      throw new RangeError(
        `Cannot load ${bytes.length} bytes as an image [${height}, ${width}, ${channels}]: give height x width x channels bytes, at least one`,
      );
    }
    this.space.reserve(endOf(image));
    this.space.bytes.set(bytes);
    this.loaded = image;
    this.present = image;
  }

  restart(): void {
    this.present = this.loaded;
  }

  crop(
    box: Cut['box'],
    size: Size,
    { flip = false, antialias = true, interpolation = 'bilinear' }: CanvasCropOptions = {},
  ): void {
    const source = this.image();
    assertBoxes(box, source.height, source.width);
    assertSize(size);
    const cut = { box, size, flip, antialias, interpolation };
    if (source.stride !== null && box[2] === size[0] && box[3] === size[1]) {
      this.replace(size, 0, (target) => copyPlanes(this.space, source, target, cut));
    } else {
      const plan = planCrop(source, cut);
      this.replace(size, plan.scratch, (target, scratch) => cropPlanes(this.space, source, target, plan, scratch));
    }
    if (interpolation === 'bicubic') {
      const { at, stride, channels } = this.planes();
      this.space.kernels.clamp(at, stride * channels, 0);
    }
  }

  flip(): void {
    const { height, width } = this.image();
    this.crop([0, 0, height, width], [height, width], { flip: true });
  }

  brightness(factor: number): void {
    assertFactor('brightness', factor);
    const { at, stride, channels } = this.planes();
    this.space.kernels.scale(at, stride * channels, 0, factor, 0);
  }

  contrast(factor: number): void {
    assertFactor('contrast', factor);
    const planes = this.planes();
    this.space.kernels.scale(planes.at, planes.stride * planes.channels, 0, factor, (1 - factor) * this.mean(planes));
  }

  saturation(factor: number): void {
    assertFactor('saturation', factor);
    if (this.image().channels !== 3) return;
    const { at, stride } = this.planes();
    this.space.kernels.saturate(at, stride, stride, factor, 1 - factor);
  }

  hue(turns: number): void {
    if (!Number.isFinite(turns)) throw new RangeError(`Cannot turn the hue by ${turns}: give a finite number`);
    if (this.image().channels !== 3) return;
    const { at, stride } = this.planes();
    this.space.kernels.turnHue(at, stride, stride, turns);
  }

  grayscale(): void {
    if (this.image().channels !== 3) return;
    const { at, stride } = this.planes();
    this.space.kernels.grayscale(at, stride, stride);
  }

  blur(sigma: number, kernel: number): void {
    const { height, width } = this.image();
    assertKernel(kernel, height, width);
    if (!(sigma >= 0 && Number.isFinite(sigma))) {
      throw new RangeError(`Cannot blur an image with a sigma of ${sigma}: give a number of at least 0`);
    }
    const side = gaussianSide(sigma, kernel);
    if (side.length === 1) return;
    const source = this.planes();
    this.replace([height, width], blurScratch(source, side), (target, scratch) =>
      blurPlanes(this.space, source, target, side, scratch),
    );
  }

  solarize(threshold: number): void {
    if (Number.isNaN(threshold)) throw new RangeError('Cannot solarise from NaN on: give a number');
    const { at, stride, channels } = this.planes();
    this.space.kernels.solarize(at, stride * channels, 0, threshold);
  }

  normalize(mean: readonly number[], standardDeviation: readonly number[]): void {
    const { channels } = this.image();
    assertPerChannel(channels, mean, standardDeviation);
    assertStatistics(mean, standardDeviation);
    const { at, stride } = this.planes();
    for (let c = 0; c < channels; c++) {
      const [center, scale] = [mean, standardDeviation].map((list) => list[c] ?? list[0]!) as [number, number];
      this.space.kernels.normalize(at + c * stride, stride, 0, center, scale);
    }
  }

  write(target: Float32Array, offset: number): void {
    const elements = this.elementsIn(target, offset);
    const pixels = this.interleaved(4);
    target.set(this.space.floats.subarray(pixels / 4, pixels / 4 + elements), offset);
  }

  writeBytes(target: Uint8Array, offset: number): void {
    const elements = this.elementsIn(target, offset);
    const pixels = this.present.stride === null ? this.present.at : this.interleaved(1);
    target.set(this.space.bytes.subarray(pixels, pixels + elements), offset);
  }

  private image(): Bytes | Planes {
    if (this.present === EMPTY) throw new Error('Cannot work on a canvas without an image: load one first');
    return this.present;
  }

  /** The present image as planes, which it becomes if it is not. */
  private planes(): Planes {
    const { height, width, stride } = this.image();
    if (stride === null) this.crop([0, 0, height, width], [height, width]);
    return this.present as Planes;
  }

  /** Makes a new present image with room for it, and `scratch` bytes, that neither the loaded nor the old one takes. */
  private replace([height, width]: Size, scratch: number, make: (target: Planes, scratch: number) => void): void {
    const target = planesAt(endOf(this.loaded), height, width, this.present.channels);
    const beside = this.present.stride === null || endOf(target) <= this.present.at;
    const placed = beside ? target : { ...target, at: endOf(this.present) };
    const end = Math.max(endOf(placed), endOf(this.present));
    this.space.reserve(end + scratch);
    make(placed, end);
    this.present = placed;
  }

  /** The mean of the luminance, or of everything if there are no three channels. */
  private mean({ at, stride, height, width, channels }: Planes): number {
    const { kernels, floats } = this.space;
    for (let end = at + stride; end <= at + channels * stride; end += stride) {
      floats.fill(0, end / 4 - stride / 4 + height * width, end / 4);
    }
    const result = endOf(this.present);
    this.space.reserve(result + 16);
    if (channels === 3) kernels.sumLuminance(at, stride, stride, result);
    else kernels.sum(at, stride * channels, 0, result);
    const { doubles } = this.space;
    return (doubles[result / 8]! + doubles[result / 8 + 1]!) / (height * width * (channels === 3 ? 1 : channels));
  }

  /** Where the present image is put as pixels of float32 (4 bytes a value) or of bytes (1). */
  private interleaved(elementBytes: 1 | 4): number {
    const { at, stride, height, width, channels } = this.planes();
    const pixels = endOf(this.present);
    this.space.reserve(pixels + (stride / 4) * channels * elementBytes);
    const { kernels } = this.space;
    const interleave = elementBytes === 4 ? kernels.interleaveFloats : kernels.interleaveBytes;
    for (let c = 0; c < channels; c++) {
      const plane = at + c * stride;
      interleave(plane, plane + 4 * height * width, pixels + c * elementBytes, channels * elementBytes);
    }
    return pixels;
  }

  /** How many elements the image has, if they fit. */
  private elementsIn(target: Float32Array | Uint8Array, offset: number): number {
    const { height, width, channels } = this.image();
    const elements = height * width * channels;
    if (!(Number.isInteger(offset) && offset >= 0 && offset + elements <= target.length)) {
      throw new RangeError(
        `Cannot write an image [${height}, ${width}, ${channels}] from element ${offset} of ${target.length} on: it takes ${elements}`,
      );
    }
    return elements;
  }
}

function assertFactor(name: string, factor: number): void {
  if (!(factor >= 0 && Number.isFinite(factor))) {
    throw new RangeError(`Cannot change the ${name} by a factor of ${factor}: give a number of at least 0`);
  }
}
