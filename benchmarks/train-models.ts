/** A network and the batch it is trained on: all that ours and the peers are told about a row. */
export interface TrainModel {
  /** What `--row` takes. */
  readonly id: string;
  readonly name: string;
  readonly blocks: readonly number[];
  readonly widths: readonly number[];
  readonly bottleneck: boolean;
  /** `cifar`: 3×3 of stride 1; `imagenet`: 7×7 of stride 2 and a 3×3 max-pool of stride 2. */
  readonly stem: 'cifar' | 'imagenet';
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  readonly batch: number;
  readonly queue: number;
  /** Units of the projection head: hidden, out. */
  readonly hidden: number;
  readonly dim: number;
  /** Ours against the fastest PyTorch, both with two threads. */
  readonly target: number;
}

const queue = 4096;
const dim = 128;

const small = (width: number): TrainModel => ({
  id: `a${width}`,
  name: `small ResNet, width ${width}, 28×28×1, batch 64`,
  blocks: [2, 2, 2],
  widths: [width, 2 * width, 4 * width],
  bottleneck: false,
  stem: 'cifar',
  shape: [28, 28, 1],
  batch: 64,
  queue,
  hidden: 4 * width,
  dim,
  target: 1.15,
});

/** The rows of `npm run bench -- train`. */
export const trainModels: readonly TrainModel[] = [
  small(16),
  small(32),
  {
    id: 'b',
    name: 'ResNet-18, CIFAR stem, 32×32×3, batch 128',
    blocks: [2, 2, 2, 2],
    widths: [64, 128, 256, 512],
    bottleneck: false,
    stem: 'cifar',
    shape: [32, 32, 3],
    batch: 128,
    queue,
    hidden: 512,
    dim,
    target: 1,
  },
  {
    id: 'c',
    name: 'ResNet-50, 224×224×3, batch 16',
    blocks: [3, 4, 6, 3],
    widths: [64, 128, 256, 512],
    bottleneck: true,
    stem: 'imagenet',
    shape: [224, 224, 3],
    batch: 16,
    queue,
    hidden: 2048,
    dim,
    target: 1,
  },
];
