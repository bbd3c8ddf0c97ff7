import { type ProjectionHead, withHead } from '@hcsc/backbones';
import { infoNCE } from '@hcsc/losses';
import { keyQueue, momentumEncoder } from '@hcsc/momentum';
import type { Rng } from '@hcsc/random';
import { type Method, modelParameters, modelTensors, restoreModel } from '@hcsc/train';
import { cast, greater, matMul, max, mean, mul, type Scalar, sum, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { l2Normalize } from '../l2-normalize.js';

export interface MocoOptions {
  encoder: LayersModel;
  head: ProjectionHead;
  rng: Rng;
  /** Paper: 0.999; higher queues and longer runs want it closer to 1. */
  momentum?: number;
  /** Keys kept as negatives. Paper: 65,536. */
  queue?: number;
  /** Paper: 0.2. */
  temperature?: number;
}

/** MoCo v2 (arXiv 2003.04297): one key a query, the negatives from a queue of past keys. */
export function moco({
  encoder,
  head,
  rng,
  momentum = 0.999,
  queue: size = 65_536,
  temperature = 0.2,
}: MocoOptions): Method<{ keys: Tensor2D }> {
  const query = withHead(encoder, head);
  const key = momentumEncoder(query, { momentum });
  const dim = query.outputs[0]!.shape[1]!;
  const queue = keyQueue({ size, dim, rng: rng.fork('queue') });
  const project = (model: LayersModel, images: Tensor4D, training: boolean) =>
    l2Normalize(model.apply(images, { training }) as Tensor2D);

  return {
    name: 'moco-v2',
    views: 2,
    encoder,
    parameters: modelParameters(query),
    options: { momentum, queue: size, temperature, dim },
    embed: (images) => project(key.model, images, false),
    targets([, second]) {
      key.update();
      return { keys: project(key.model, second!, true) };
    },
    loss([first], { keys }) {
      const queries = project(query, first!, true);
      const total = infoNCE(queries, keys, queue.keys, { temperature, check: false }) as Scalar;
      return { total, parts: { accuracy: contrastiveAccuracy(queries, keys, queue.keys) } };
    },
    afterStep: ({ keys }) => queue.enqueue(keys),
    state: () => ({
      tensors: { ...modelTensors(query, 'query/'), ...modelTensors(key.model, 'key/'), queue: queue.keys },
      values: { pointer: queue.pointer },
    }),
    restore({ tensors, values }) {
      restoreModel(query, tensors, 'query/');
      restoreModel(key.model, tensors, 'key/');
      queue.restore({ keys: tensors.queue as Tensor2D, pointer: Number(values.pointer) });
    },
    dispose() {
      key.dispose();
      queue.dispose();
      query.dispose();
    },
  };
}

/** The share of queries that are nearer to their own key than to any in the queue. */
export function contrastiveAccuracy(queries: Tensor2D, keys: Tensor2D, queue: Tensor2D): Scalar {
  const positive = sum(mul(queries, keys), 1);
  const hardest = max(matMul(queries, queue, false, true), 1);
  return mean(cast(greater(positive, hardest), 'float32'));
}
