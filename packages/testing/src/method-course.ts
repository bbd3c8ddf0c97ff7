import { createRng, type Rng, restoreRng } from '@hcsc/random';
import {
  add,
  clone,
  dispose,
  div,
  keep,
  mul,
  type Scalar,
  stack,
  sub,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { download } from './download.js';
import type { MethodTestBatch, MethodTestContext, MethodTestEpoch, MethodUnderTest } from './method-under-test.js';
import { separableImages } from './separable-images.js';
import { separablePairs } from './separable-pairs.js';
import type { TestMethodOptions } from './test-method-options.js';
import { tidied } from './tidied.js';

/** A batch without its stream, which a compiled step keeps. */
export type CourseRows = Omit<MethodTestBatch, 'rng'>;

/** All of a step on the device: the loss and its parts. */
export type CourseStep = (views: readonly Tensor4D[], rows: CourseRows) => Tensor[];

/** What changes from one training to another. */
export interface TrainOptions {
  /** The first step; an epoch is begun only if all of it is trained. */
  readonly from?: number;
  /** The step that is not taken any more. Default: after the last epoch. */
  readonly to?: number;
  /** Tell the method the labels; default true. */
  readonly labels?: boolean;
  /** Makes another step of the plain one. */
  readonly step?: (plain: CourseStep) => CourseStep;
  /** Told after each step. */
  readonly onStep?: (step: number) => void;
}

/** Images, batches and draws to train methods with: the same for every one. */
export interface Course<Settings> {
  readonly batchSize: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** As many steps as all epochs have. */
  readonly steps: number;
  /** The first step of the last epoch. */
  readonly last: number;
  /** What a method is told when it is built; of equal seeds the same. */
  context(seed: number): MethodTestContext<Settings>;
  /** What a method is told before an epoch. */
  epoch(epoch: number, changes?: Partial<MethodTestEpoch>): MethodTestEpoch;
  /** So many views and the batch of a step, for as long as `use` runs. */
  batch<T>(step: number, views: number, use: (views: Tensor4D[], batch: MethodTestBatch) => T, size?: number): T;
  /** Trains as `@hcsc/train` does, by plain gradient descent; the loss of each step, then its parts. */
  train(method: MethodUnderTest, options?: TrainOptions): Promise<number[][]>;
  /** Descends on the loss of one batch and the targets that it has now; the loss before each step and after the last. */
  descend(method: MethodUnderTest, step: number, times: number): number[];
}

/** About what normalisation by a data set's mean and deviation gives. */
const normalized = (images: Tensor4D): Tensor4D => tidy(() => mul(sub(images, 0.5), 4) as Tensor4D);

const noisy = (images: Tensor4D, rng: Rng, count: number): Tensor4D[] => {
  const shown = normalized(images);
  return Array.from({ length: count }, () => add(shown, rng.normalTensor(images.shape, 0, 0.1)) as Tensor4D);
};

/** Puts a course together. */
export function methodCourse<Settings>({
  imageShape = [6, 6, 2],
  images: length = 32,
  pairs: pairCount = 0,
  batchSize = 8,
  epochs = 3,
  stepsPerEpoch = 2,
  learningRate = 0.05,
  settings = {} as Settings,
  views: viewsOf = noisy,
  seed = 0,
}: TestMethodOptions<Settings>): Course<Settings> {
  const root = createRng(seed);
  const source = separableImages(root.fork('images'), length, imageShape);
  const pairs = pairCount > 0 ? separablePairs(root.fork('pairs'), source, pairCount) : null;
  // Each image with itself, then the pairs.
  const items = length + pairCount;
  const order = root.fork('order').permutation(items);
  const steps = epochs * stepsPerEpoch;

  /** The images of the first view, and of the second. */
  const membersOf = (step: number, size = batchSize) => {
    const chosen = Int32Array.from({ length: size }, (_, i) => order[(step * batchSize + i) % items]!);
    const member = (which: 0 | 1) =>
      chosen.map((item) => (item < length ? item : pairs!.pairs[2 * (item - length) + which]!));
    return [member(0), member(1)] as const;
  };
  const labelsOf = (indices: Int32Array) => indices.map((index) => source.labels![index]!);
  const rowsOf = ([first, second]: readonly [Int32Array, Int32Array], labels = true): CourseRows => {
    const indices = tensor1d(first, 'int32');
    return {
      indices,
      keyIndices: pairs ? tensor1d(second, 'int32') : indices,
      labels: labels ? tensor1d(labelsOf(first), 'int32') : null,
    };
  };
  const streamOf = (step: number) => root.fork(`step ${step}`);

  const viewsOfImages = (step: number, indices: Int32Array, count: number): Tensor4D[] => {
    const pixels = source.bytes.length / length;
    const values = new Float32Array(indices.length * pixels);
    for (const [i, index] of indices.entries()) {
      values.set(source.bytes.subarray(index * pixels, (index + 1) * pixels), i * pixels);
    }
    return tidy(() => {
      const images = div(tensor4d(values, [indices.length, ...imageShape]), 255) as Tensor4D;
      return viewsOf(images, streamOf(step).fork('views'), count);
    });
  };
  /** Views of the first members, but for the second view. */
  const shown = (step: number, [first, second]: readonly [Int32Array, Int32Array], count: number): Tensor4D[] => {
    const views = viewsOfImages(step, first, count);
    if (!pairs || count < 2) return views;
    const others = viewsOfImages(step, second, count);
    const [own] = views.splice(1, 1, others[1]!);
    dispose([own!, ...others.filter((_, i) => i !== 1)]);
    return views;
  };

  const epoch: Course<Settings>['epoch'] = (epoch, changes = {}) => ({
    ...{ epoch, epochs, source, prepare: normalized, rng: root.fork(`epoch ${epoch}`) },
    ...changes,
  });

  const course: Course<Settings> = {
    ...{ batchSize, epochs, stepsPerEpoch, steps, epoch },
    last: steps - stepsPerEpoch,
    context: (offset) => ({
      ...{ rng: createRng(seed + offset), imageShape, epochs, batchSize, stepsPerEpoch, pairs, settings },
    }),
    batch(step, count, use, size) {
      const members = membersOf(step, size);
      const rows = rowsOf(members);
      const views = shown(step, members, count);
      try {
        return use(views, { ...rows, rng: streamOf(step) });
      } finally {
        dispose([...tensorsOf(rows), ...views]);
      }
    },
    descend: (method, step, times) =>
      course.batch(step, method.views, (views, batch) =>
        tidied(() => {
          const targets = method.targets(views, batch);
          const state = batch.rng.state();
          const loss = () => method.loss(views, targets, { ...batch, rng: restoreRng(state) }).total;
          return Array.from({ length: times + 1 }, (_, i) =>
            tidied(() => {
              const [value] = loss().dataSync();
              if (i < times) moveDown(method, loss, learningRate);
              return value!;
            }),
          );
        }),
      ),
    async train(method, { from = 0, to = steps, labels = true, step: made, onStep } = {}) {
      // One stream for all steps, put to each step's state: what is compiled keeps the stream it was traced with.
      const rng = createRng(0);
      const plain = descent(method, rng, learningRate);
      const run = made?.(plain) ?? plain;
      const figures: number[][] = [];
      for (let step = from; step < to; step++) {
        if (step % stepsPerEpoch === 0) await method.beforeEpoch?.(epoch(step / stepsPerEpoch));
        const members = membersOf(step);
        const views = shown(step, members, method.views);
        const rows = rowsOf(members, labels);
        rng.restore(streamOf(step).state());
        try {
          figures.push(run(views, rows).flatMap(download));
        } finally {
          dispose([...views, ...tensorsOf(rows)]);
        }
        onStep?.(step);
      }
      return figures;
    },
  };
  return course;
}

/** The tensors of a batch, each once. */
export const tensorsOf = ({ indices, keyIndices, labels }: CourseRows): Tensor[] => [
  ...new Set([indices, keyIndices, ...(labels ? [labels] : [])]),
];

/** Moves every parameter down the gradient of `loss`. */
function moveDown(method: MethodUnderTest, loss: () => Scalar, learningRate: number): void {
  const variables = method.parameters.map(({ variable }) => variable);
  const { grads } = variableGrads(loss, variables);
  for (const variable of variables) variable.assign(sub(variable, mul(grads[variable.name]!, learningRate)));
}

/** A step as a trainer takes it. */
function descent(method: MethodUnderTest, rng: Rng, learningRate: number): CourseStep {
  return (views, rows) => {
    const batch = { ...rows, rng };
    let figures = null as Tensor | null;
    try {
      return tidy(() => {
        method.beforeStep?.();
        const targets = tidied(() => method.targets(views, batch));
        const loss = () => {
          const { total, parts } = method.loss(views, targets, batch);
          figures = keep(stack([total, ...Object.values(parts)]));
          return total;
        };
        moveDown(method, loss, learningRate);
        method.afterStep?.(targets, batch);
        return [clone(figures!)];
      });
    } finally {
      figures?.dispose();
    }
  };
}
