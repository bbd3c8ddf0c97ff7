import { type ProjectionHead, withHead } from '@hcsc/backbones';
import { type KeyQueue, keyQueue, momentumEncoder, shuffled } from '@hcsc/momentum';
import type { Rng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import { type MethodState, modelParameters, modelTensors, type Parameter, restoreModel } from '@hcsc/train';
import {
  cast,
  div,
  greater,
  matMul,
  max,
  maximum,
  mean,
  mul,
  norm,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

export interface MocoFrameOptions {
  encoder: LayersModel;
  head: ProjectionHead;
  rng: Rng;
  /** Share of its weights that the key encoder keeps at a step. Paper: 0.999. */
  momentum?: number;
  /** Keys kept as negatives. MoCo: 65,536; HCSC: 16,384. */
  queue?: number;
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

/** Rows of length 1, as PyTorch's `F.normalize`: x / max(‖x‖₂, 1e-12). */
const l2Normalize = (rows: Tensor2D): Tensor2D => div(rows, maximum(norm(rows, 2, 1, true), 1e-12));

/** Refuses a state that is not whole before any of it is written. */
function requireTensors(given: MethodState['tensors'], needed: MethodState['tensors']): void {
  for (const [name, { shape }] of Object.entries(needed)) {
    const found = given[name] ? `[${given[name].shape}]` : 'nothing';
    if (found !== `[${shape}]`) {
      throw new RangeError(`Cannot restore ${name}: needed shape [${shape}], found ${found}`);
    }
  }
}

export function mocoFrame({ encoder, head, rng, momentum = 0.999, queue: size = 65_536 }: MocoFrameOptions): MocoFrame {
  const query = withHead(encoder, head);
  const key = momentumEncoder(query, { momentum });
  const embed = compile((images: Tensor4D) => l2Normalize(key.forward<Tensor2D>(images, { training: false })));
  const queue = keyQueue({ size, dim: query.outputs[0]!.shape[1]!, rng: rng.fork('queue') });
  const tensorsOf = () => ({
    ...modelTensors(query, 'query/'),
    ...modelTensors(key.model, 'key/'),
    queue: queue.keys as Tensor,
  });
  return {
    queue,
    parameters: modelParameters(query),
    encodeQuery: (images) => l2Normalize(query.apply(images, { training: true }) as Tensor2D),
    // Shuffled, so that the parts of the batch whose statistics batch norm takes are others for keys than for queries.
    encodeKey: (images, rng) => tidy(() => l2Normalize(shuffled((x) => key.forward<Tensor2D>(x), images, rng))),
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
      queue.restore({ keys, pointer: Number(values.pointer), filled: Number(values.filled) });
      key.restore({ step: Number(values.updates) });
    },
    dispose() {
      embed.dispose();
      key.dispose();
      queue.dispose();
      query.dispose();
    },
  };
}
