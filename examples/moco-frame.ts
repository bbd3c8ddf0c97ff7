import { type ProjectionHead, withHead } from '@hcsc/backbones';
import { type KeyQueue, keyQueue, momentumEncoder, shuffled } from '@hcsc/momentum';
import type { Rng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import type { MinedPairs } from '@hcsc/samplers';
import { type MethodState, modelParameters, modelTensors, type Parameter, restoreModel } from '@hcsc/train';
import {
  cast,
  greater,
  matMul,
  max,
  mean,
  mul,
  type Scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { l2Normalize } from './l2-normalize.js';
import { partnersInBatch } from './partners-in-batch.js';
import { requireTensors } from './require-tensors.js';

export interface MocoFrameOptions {
  encoder: LayersModel;
  head: ProjectionHead;
  rng: Rng;
  /** Share of its weights that the key encoder keeps at a step. Paper: 0.999. */
  momentum?: number;
  /** Keys kept as negatives. MoCo: 65,536; HCSC: 16,384. */
  queue?: number;
  /** Semantic positive pairs that are in the training set (SPPS); null without. */
  pairs?: MinedPairs | null;
}

/** Figures of a step, beside its loss. */
export type Similarities = {
  /** The share of queries that are nearer to their own key than to any in the queue. */
  readonly accuracy: Scalar;
  /** Mean similarity of a query and its own key. */
  readonly positive: Scalar;
  /** Mean similarity of a query and a row of the queue; rows that no key has come to yet are random, near 0. */
  readonly negative: Scalar;
};

/** What MoCo v2 and all that grew from it share: query and key encoder, and the queue of past keys. */
export interface MocoFrame {
  readonly queue: KeyQueue;
  readonly parameters: readonly Parameter[];
  /** Unit rows of the query encoder, in training mode; the gradient goes here. */
  encodeQuery(images: Tensor4D): Tensor2D;
  /** Unit rows of the key encoder, in training mode. */
  encodeKey(images: Tensor4D, rng: Rng): Tensor2D;
  /** Keep-mask `[N, queue]`: without keys of an image itself or of its semantic partners. Undefined without pairs: all stay. */
  keepStrangers(indices: Tensor1D): Tensor2D | undefined;
  /** Puts keys into the queue; the images that they are of come with them. */
  enqueue(keys: Tensor2D, keyIndices: Tensor1D): void;
  /** Moves the key encoder towards the query encoder. */
  beforeStep(): void;
  /** Unit rows of the key encoder in inference mode. */
  embed(images: Tensor4D): Tensor2D;
  /** How near queries are to their own keys and to those of the queue. */
  similarities(queries: Tensor2D, keys: Tensor2D): Similarities;
  /** `momentum`: the share of its weights that the key encoder kept at the last step; `queue`: the share of the queue that is filled. */
  figures(): Readonly<Record<string, number>>;
  state(): MethodState;
  restore(state: MethodState): void;
  dispose(): void;
}

export function mocoFrame(options: MocoFrameOptions): MocoFrame {
  const { encoder, head, rng, momentum = 0.999, queue: size = 65_536, pairs = null } = options;
  const query = withHead(encoder, head);
  const key = momentumEncoder(query, { momentum });
  const embed = compile((images: Tensor4D) => l2Normalize(key.forward<Tensor2D>(images, { training: false })));
  const tagged = pairs !== null;
  const queue = keyQueue({ size, dim: query.outputs[0]!.shape[1]!, rng: rng.fork('queue'), tags: tagged });
  const partners = partnersInBatch(pairs);
  const tensorsOf = () => ({
    ...modelTensors(query, 'query/'),
    ...modelTensors(key.model, 'key/'),
    queue: queue.keys as Tensor,
    ...(queue.tags && { 'queue/images': queue.tags as Tensor }),
  });
  return {
    queue,
    parameters: modelParameters(query),
    encodeQuery: (images) => l2Normalize(query.apply(images, { training: true }) as Tensor2D),
    // Shuffled, so that the parts of the batch whose statistics batch norm takes are others for keys than for queries.
    encodeKey: (images, rng) => tidy(() => l2Normalize(shuffled((x) => key.forward<Tensor2D>(x), images, rng))),
    keepStrangers: (indices) =>
      tidy(() => {
        const together = tagged ? partners.mask(indices, queue.tags!) : null;
        return together ? sub<Tensor2D>(1, together) : undefined;
      }),
    enqueue: (keys, keyIndices) => queue.enqueue(keys, tagged ? keyIndices : undefined),
    beforeStep: () => key.update(),
    embed,
    similarities: (queries, keys) =>
      tidy(() => {
        const own = sum(mul(queries, keys), 1);
        const hardest = max(matMul(queries, queue.keys, false, true), 1);
        return {
          accuracy: mean(cast(greater(own, hardest), 'float32')),
          positive: mean(own),
          // The mean over all pairs is the product of the mean query and the mean key.
          negative: sum(mul(mean(queries, 0), mean(queue.keys, 0))),
        };
      }),
    figures: () => ({
      ...(key.momentum !== null && { momentum: key.momentum }),
      queue: queue.filled / queue.size,
    }),
    state: () => ({
      tensors: tensorsOf(),
      values: { pointer: queue.pointer, filled: queue.filled, updates: key.step },
    }),
    restore({ tensors, values }) {
      requireTensors(tensors, tensorsOf());
      restoreModel(query, tensors, 'query/');
      restoreModel(key.model, tensors, 'key/');
      const keys = tensors.queue as Tensor2D;
      const tags = tensors['queue/images'] as Tensor1D | undefined;
      queue.restore({ keys, tags, pointer: Number(values.pointer), filled: Number(values.filled) });
      key.restore({ step: Number(values.updates) });
    },
    dispose() {
      embed.dispose();
      key.dispose();
      queue.dispose();
      partners.dispose();
      query.dispose();
    },
  };
}
