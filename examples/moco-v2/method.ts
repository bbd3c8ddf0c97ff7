import { type ProjectionHead, withHead } from '@hcsc/backbones';
import { infoNCE } from '@hcsc/losses';
import { keyQueue, momentumEncoder, shuffled } from '@hcsc/momentum';
import type { Rng } from '@hcsc/random';
import { type Method, modelParameters, modelTensors, restoreModel } from '@hcsc/train';
import {
  cast,
  greater,
  matMul,
  max,
  mean,
  mul,
  type Scalar,
  sum,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
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
  const encodeQuery = (images: Tensor4D) => l2Normalize(query.apply(images, { training: true }) as Tensor2D);
  const encodeKey = (images: Tensor4D, training: boolean) => l2Normalize(key.forward<Tensor2D>(images, { training }));

  return {
    name: 'moco-v2',
    views: 2,
    encoder,
    parameters: modelParameters(query),
    options: { momentum, queue: size, temperature, dim },
    embed: (images) => tidy(() => encodeKey(images, false)),
    targets([, second], { rng }) {
      key.update();
      // Shuffled, so that no part of the batch whose statistics batch norm takes is the same for queries and keys.
      return { keys: shuffled((images) => encodeKey(images as Tensor4D, true), second!, rng.fork('shuffle')) };
    },
    loss([first], { keys }) {
      const queries = encodeQuery(first!);
      const total = infoNCE(queries, keys, queue.keys, { temperature, check: false });
      return { total, parts: { accuracy: contrastiveAccuracy(queries, keys, queue.keys) } };
    },
    afterStep: ({ keys }) => queue.enqueue(keys),
    state: () => ({
      tensors: { ...modelTensors(query, 'query/'), ...modelTensors(key.model, 'key/'), queue: queue.keys },
      values: { pointer: queue.pointer, filled: queue.filled, updates: key.step },
    }),
    restore({ tensors, values }) {
      restoreModel(query, tensors, 'query/');
      restoreModel(key.model, tensors, 'key/');
      queue.restore({
        keys: tensors.queue as Tensor2D,
        pointer: Number(values.pointer),
        filled: Number(values.filled),
      });
      key.restore({ step: Number(values.updates) });
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
