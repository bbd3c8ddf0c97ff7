import { joinOutputs } from '@hcsc/backbones';
import { subset } from '@hcsc/data';
import { keyQueue, momentumEncoder, shuffled } from '@hcsc/momentum';
import type { Rng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import { type EpochContext, type MethodState, modelParameters, modelTensors, restoreModel } from '@hcsc/train';
import { concat, type NamedTensorMap, split, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { featuresOf } from '../features-of.js';
import { l2Normalize } from '../l2-normalize.js';
import { requireTensors } from '../require-tensors.js';
import { type Context, type Contexts, contextsIn } from './contexts.js';

export interface ContextsFrameOptions {
  /**
   * Models of one backbone, from images to a feature and through its projection head: `[N, H, W, C]` → `[N, D]`. With one
   * of them there is one context only.
   */
  projections: Contexts<LayersModel>;
  rng: Rng;
  /** Share of its weights that the key encoder keeps at a step. Paper: 0.999. */
  momentum?: number;
  /** Keys kept of each context. Paper: 131,072. */
  queue?: number;
}

/** Images of a batch of the first keys: whole batches, which batch norm can split into 2, 4, 8 … parts. */
const FILLED_WITH = 64;

/** What CGH has twice of MoCo's frame: features by context, and a queue for each, filled in step. */
export function contextsFrame({ projections, rng, momentum = 0.999, queue: size = 131_072 }: ContextsFrameOptions) {
  const contexts = contextsIn(projections);
  const query = joinOutputs(contexts.map((context) => projections[context]!));
  const key = momentumEncoder(query, { momentum });
  const each = <T>(make: (context: Context, place: number) => T) =>
    Object.fromEntries(contexts.map((context, place) => [context, make(context, place)])) as Contexts<T>;
  const queues = each((context, place) =>
    keyQueue({ size, dim: query.outputs[place]!.shape[1]!, rng: rng.fork(`queue ${context}`) }),
  );
  const first = queues[contexts[0]!]!;
  const listOf = <T extends object>(outputs: T | T[]): T[] => (Array.isArray(outputs) ? outputs : [outputs]);
  /** Unit rows of each context, of the model's outputs. */
  const unit = (outputs: Tensor2D | Tensor2D[]) => each((_, place) => l2Normalize(listOf(outputs)[place]!));
  const still = (images: Tensor4D) => unit(key.forward<Tensor2D[]>(images, { training: false }));
  const features = each((context) => compile((images: Tensor4D) => still(images)[context]!));
  const enqueue = (keys: Contexts<Tensor2D>) => {
    for (const context of contexts) queues[context]!.enqueue(keys[context]!);
  };
  const tensorsOf = () => ({
    ...modelTensors(query, 'query/'),
    ...modelTensors(key.model, 'key/'),
    ...Object.fromEntries(contexts.map((context) => [`queue/${context}`, queues[context]!.keys])),
  });
  return {
    contexts,
    parameters: modelParameters(query),
    queues,
    /** Unit rows of the query encoder, in training mode; the gradient goes here. */
    encodeQuery: (images: Tensor4D) => unit(query.apply(images, { training: true }) as Tensor2D | Tensor2D[]),
    /** Unit rows of global features of images of any size, in training mode. */
    encodeLocal: (images: Tensor4D) => l2Normalize(projections.global!.apply(images, { training: true }) as Tensor2D),
    /** Unit rows of the key encoder, in training mode; shuffled, as where batch norm takes statistics of parts of a batch. */
    encodeKey: (images: Tensor4D, rng: Rng) =>
      tidy(
        () => unit(shuffled((x) => key.forward<Tensor2D[]>(x), images, rng)) as NamedTensorMap,
      ) as Contexts<Tensor2D>,
    /** Puts keys into the queues: row j of each is of the same image. */
    enqueue,
    /**
     * Fills the queues with keys of training images: in random rows, j would not be one image for both.
     *
     * Batch norm takes the statistics of the batch. With those of inference, an untrained network finds all images nearly the
     * same: a queue of such keys pushes every query in one direction, and InfoNCE collapses.
     */
    async fill({ source, prepare, rng, signal }: EpochContext): Promise<void> {
      if (first.filled > 0) return;
      const order = rng.fork('first keys').permutation(source.length);
      const count = Math.ceil(size / FILLED_WITH) * FILLED_WITH;
      const drawn = subset(
        source,
        Int32Array.from({ length: count }, (_, i) => order[i % order.length]!),
      );
      const encode = (images: Tensor4D) => {
        const keys = unit(key.forward<Tensor2D[]>(prepare(images)));
        return concat(Object.values(keys), 1);
      };
      let rows: Tensor2D | undefined;
      try {
        rows = await featuresOf(drawn, encode, { batchSize: FILLED_WITH, signal });
        tidy(() => {
          const widths = contexts.map((context) => queues[context]!.dim);
          const keys = split(rows!, widths, 1) as Tensor2D[];
          enqueue(each((_, place) => keys[place]!));
        });
      } finally {
        // Running statistics have moved: an encoder that no step has changed is the query encoder.
        restoreModel(key.model, modelTensors(query, 'key/'), 'key/');
        rows?.dispose();
      }
    },
    beforeStep: () => key.update(),
    /** How often the key encoder was updated: the steps begun. */
    updates: () => key.step,
    /** By context, unit rows of the key encoder in inference mode. */
    features,
    /** `momentum`: the share of its weights that the key encoder kept at the last step; `queue`: how full the queues are. */
    figures: () => ({ ...(key.momentum !== null && { momentum: key.momentum }), queue: first.filled / size }),
    state: () => ({
      tensors: tensorsOf(),
      values: { pointer: first.pointer, filled: first.filled, updates: key.step },
    }),
    restore({ tensors, values }: MethodState) {
      requireTensors(tensors, tensorsOf());
      restoreModel(query, tensors, 'query/');
      restoreModel(key.model, tensors, 'key/');
      for (const context of contexts) {
        const keys = tensors[`queue/${context}`] as Tensor2D;
        queues[context]!.restore({ keys, pointer: Number(values.pointer), filled: Number(values.filled) });
      }
      key.restore({ step: Number(values.updates) });
    },
    dispose() {
      for (const context of contexts) {
        features[context]!.dispose();
        queues[context]!.dispose();
      }
      key.dispose();
      query.dispose();
    },
  };
}
