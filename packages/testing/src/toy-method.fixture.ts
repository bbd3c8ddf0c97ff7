import { atEachCall, perCall } from '@hcsc/trace';
import {
  add,
  concat,
  div,
  logSumExp,
  matMul,
  mean,
  mul,
  norm,
  reshape,
  type Scalar,
  scalar,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import type { MethodTestContext, MethodUnderTest } from './method-under-test.js';

const [WIDTH, QUEUE] = [5, 7];

const unit = (rows: Tensor): Tensor2D => div(rows, add(norm(rows, 2, 1, true), 1e-6));
const owned = (make: () => Tensor, trainable = false): Variable => tidy(() => variable(make(), trainable));

/** What a faulty method may get hold of. */
export interface ToyParts {
  kernel: Variable;
  keys: Variable[];
  queue: Variable;
  levels: { centroids: Tensor2D; assignments: Tensor1D }[];
  /** Momentum updates so far. */
  updates: number;
  version: number;
}

/** A method of all that a method can have, in small: key encoder, queue, a schedule on the host, prototypes in variables. */
export function toyMethod({ rng, imageShape }: MethodTestContext): {
  method: { -readonly [K in keyof MethodUnderTest]: MethodUnderTest[K] };
  parts: ToyParts;
} {
  const encoder = sequential({
    layers: [layers.flatten({ inputShape: [...imageShape] }), layers.dense({ units: WIDTH, activation: 'tanh' })],
  });
  const [kernel, bias] = encoder.trainableWeights.map((weight) => weight.read() as Variable) as [Variable, Variable];
  tidy(() => kernel.assign(rng.normalTensor(kernel.shape, 0, 0.2)));
  const parts: ToyParts = {
    kernel,
    keys: [kernel, bias].map((weight) => owned(() => tensor(weight.dataSync(), weight.shape))),
    queue: owned(() => unit(rng.normalTensor([QUEUE, WIDTH]))),
    levels: [],
    ...{ updates: 0, version: 0 },
  };
  const { keys, queue } = parts;
  const keyRows = (images: Tensor4D) =>
    tidy(() => {
      const [n, ...rest] = images.shape;
      const pixels = reshape(images, [n, rest.reduce((a, b) => a * b)]);
      return unit(tanh(add(matMul(pixels, keys[0]! as Tensor as Tensor2D), keys[1]!)));
    });
  const queryRows = (images: Tensor4D) => unit(encoder.apply(images, { training: true }) as Tensor);

  /** Prototypes of these values: in the variables there are, or in new ones. */
  const hold = (centroids: Tensor, assignments: Tensor) => {
    const [level] = parts.levels;
    if (level) {
      (level.centroids as Variable & Tensor2D).assign(centroids as Tensor2D);
      (level.assignments as Variable & Tensor1D).assign(assignments as Tensor1D);
      return;
    }
    const copies = [centroids, assignments].map((one) => owned(() => tensor(one.dataSync(), one.shape, one.dtype)));
    parts.levels.push({ centroids: copies[0] as never, assignments: copies[1] as never });
    parts.version++;
  };
  const tensors = () => ({
    ...{ kernel: kernel as Tensor, bias: bias as Tensor, key0: keys[0]!, key1: keys[1]!, queue: queue as Tensor },
  });

  const method: MethodUnderTest = {
    ...{ name: 'toy', views: 2, encoder, options: { width: WIDTH, unset: undefined } },
    parameters: [
      { name: 'kernel', variable: kernel },
      { name: 'bias', variable: bias },
    ],
    get hierarchy() {
      return parts.levels.length > 0 ? parts : null;
    },
    traceKey: () => parts.version,
    embed: keyRows,
    features: { keys: keyRows, queries: (images) => tidy(() => unit(encoder.predict(images) as Tensor)) },
    async beforeEpoch({ epoch, source, prepare, signal }) {
      if (epoch === 0) return { prototypes: 0 };
      const bytes = await source.read(Int32Array.from({ length: source.length }, (_, i) => i));
      signal?.throwIfAborted();
      tidy(() => {
        const images = div(tensor4d(new Float32Array(bytes), [source.length, ...source.shape]), 255) as Tensor4D;
        const centroids = unit(mean(keyRows(prepare(images)), 0, true));
        hold(centroids, tensor1d(new Int32Array(source.length), 'int32'));
      });
      return { prototypes: parts.levels.length };
    },
    beforeStep() {
      const momentum = perCall(() => 0.5 + 0.05 * Math.min(parts.updates, 8));
      for (const [i, weight] of [kernel, bias].entries()) {
        keys[i]!.assign(add(mul(keys[i]!, momentum), mul(weight, sub(1, momentum))));
      }
      atEachCall(() => {
        parts.updates += 1;
      });
    },
    targets: ([, second], { rng }) => {
      const noise = rng.fork('noise').normalTensor([second!.shape[0], WIDTH], 0, 0.01);
      return { keys: unit(add(keyRows(second!), noise)) };
    },
    loss([first], targets) {
      const { keys } = targets as { keys: Tensor2D };
      const queries = queryRows(first!);
      const own = mul(sum(mul(queries, keys), 1, true), 5);
      const others = mul(matMul(queries, queue as Tensor as Tensor2D, false, true), 5);
      const contrast = mean(sub(logSumExp(concat([own, others], 1), 1, true), own)) as Scalar;
      const [level] = parts.levels;
      if (!level) return { total: contrast, parts: { contrast, near: scalar(0) }, features: queries };
      const near = mean(square(sub(queries, level.centroids))) as Scalar;
      return { total: add(contrast, near), parts: { contrast, near }, features: queries };
    },
    afterStep(targets) {
      const { keys } = targets as { keys: Tensor2D };
      const all = concat([queue as Tensor as Tensor2D, keys]);
      queue.assign(slice(all, all.shape[0] - QUEUE, QUEUE));
    },
    figures: () => ({ updates: parts.updates }),
    state() {
      const [level] = parts.levels;
      return { tensors: { ...tensors(), ...level }, values: { updates: parts.updates } };
    },
    restore({ tensors: given, values }) {
      for (const [name, own] of Object.entries(tensors())) {
        if (String(given[name]?.shape) !== String(own.shape)) throw new RangeError(`Cannot restore ${name}`);
      }
      for (const [name, own] of Object.entries(tensors())) (own as Variable).assign(given[name]!);
      if (given.centroids) hold(given.centroids, given.assignments!);
      parts.updates = Number(values.updates);
    },
    dispose() {
      encoder.dispose();
      for (const one of [...keys, queue]) one.dispose();
      for (const level of parts.levels) {
        level.centroids.dispose();
        level.assignments.dispose();
      }
    },
  };
  return { method, parts };
}
