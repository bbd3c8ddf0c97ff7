import { type ProjectionHead, withHead } from '@hcsc/backbones';
import { extractFeatures } from '@hcsc/eval';
import { type Hierarchy, hierarchicalKMeans, hierarchyFromTensors, hierarchyTensors } from '@hcsc/kmeans';
import { icsc, infoNCE, type MaskMode, type PrototypeLevel, pcsc } from '@hcsc/losses';
import { keyQueue, momentumEncoder, shuffled } from '@hcsc/momentum';
import type { Rng } from '@hcsc/random';
import { anchorLevels, type NegativeSampler } from '@hcsc/samplers';
import { type Method, modelParameters, modelTensors, restoreModel } from '@hcsc/train';
import { add, mean, type Scalar, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { l2Normalize } from '../l2-normalize.js';
import { contrastiveAccuracy } from '../moco-v2/method.js';

export interface HcscOptions {
  encoder: LayersModel;
  head: ProjectionHead;
  rng: Rng;
  /** Paper: 0.999. */
  momentum?: number;
  /** Keys kept as negatives. Paper: 16,384. */
  queue?: number;
  /** Paper: 0.2. */
  temperature?: number;
  /** Epochs of plain InfoNCE before the first clustering. Paper: 20 of 200. */
  warmupEpochs?: number;
  /** Prototypes per level, finest first. Paper: 3000, 2000, 1000. */
  clusters?: readonly number[];
  /** An image's prototype: the most similar one of the level (paper), or its ancestor in the tree (reference). */
  assignment?: 'nearest' | 'tree';
  /** Which keys stay negatives of a query, and which prototypes. */
  instanceSampler: NegativeSampler;
  prototypeSampler: NegativeSampler;
  /** What a rejected negative does: absent (paper), or its logit times 0 (reference, the official code). */
  mode?: MaskMode;
}

interface HcscTargets {
  keys: Tensor2D;
  /** Keep-masks of the queue and prototypes with theirs, per level; null during the warm-up. */
  selected: { instances: Tensor2D[]; prototypes: PrototypeLevel[] } | null;
}

/** HCSC (CVPR 2022): MoCo v2 whose negatives are selected by a hierarchy of prototypes, plus prototypes to contrast. */
export function hcsc({
  encoder,
  head,
  rng,
  momentum = 0.999,
  queue: size = 16_384,
  temperature = 0.2,
  warmupEpochs = 20,
  clusters = [3000, 2000, 1000],
  assignment = 'nearest',
  instanceSampler,
  prototypeSampler,
  mode = 'paper',
}: HcscOptions): Method<HcscTargets> {
  const query = withHead(encoder, head);
  const key = momentumEncoder(query, { momentum });
  const dim = query.outputs[0]!.shape[1]!;
  const queue = keyQueue({ size, dim, rng: rng.fork('queue') });
  let hierarchy: Hierarchy | null = null;
  const encodeQuery = (images: Tensor4D) => l2Normalize(query.apply(images, { training: true }) as Tensor2D);
  const encodeKey = (images: Tensor4D, training: boolean) => l2Normalize(key.forward<Tensor2D>(images, { training }));

  return {
    name: 'hcsc',
    views: 2,
    encoder,
    parameters: modelParameters(query),
    options: {
      ...{ momentum, queue: size, temperature, dim, warmupEpochs, clusters, assignment, mode },
      instanceSampler: instanceSampler.name,
      prototypeSampler: prototypeSampler.name,
    },
    get hierarchy() {
      return hierarchy;
    },
    embed: (images) => tidy(() => encodeKey(images, false)),

    async beforeEpoch({ epoch, source, signal }) {
      if (epoch < warmupEpochs) return {};
      const features = await extractFeatures((images) => tidy(() => encodeKey(images, false)), source);
      try {
        const next = await hierarchicalKMeans(features, clusters, {
          iterations: 20,
          restarts: 5,
          temperature,
          assignment,
          signal,
        });
        hierarchy?.dispose();
        hierarchy = next;
      } finally {
        features.dispose();
      }
      return {};
    },

    targets([, second], { indices, rng }) {
      key.update();
      // Shuffled, so that no part of the batch whose statistics batch norm takes is the same for queries and keys.
      const keys = shuffled((images) => encodeKey(images as Tensor4D, true), second!, rng.fork('shuffle'));
      if (!hierarchy) return { keys, selected: null };
      const levels = anchorLevels(hierarchy, indices);
      const request = { levels, anchors: keys, check: false };
      const instances = instanceSampler.keep({
        ...request,
        candidates: levels.map(() => queue.keys),
        rng: rng.fork('instances'),
      });
      const keep = prototypeSampler.keep({
        ...request,
        candidates: levels.map((level) => level.centroids),
        rng: rng.fork('prototypes'),
      });
      return { keys, selected: { instances, prototypes: levels.map((level, l) => ({ ...level, keep: keep[l]! })) } };
    },

    loss([first], { keys, selected }) {
      const queries = encodeQuery(first!);
      const accuracy = contrastiveAccuracy(queries, keys, queue.keys);
      if (!selected) {
        const total = infoNCE(queries, keys, queue.keys, { temperature, check: false });
        return { total, parts: { accuracy } };
      }
      const instance = icsc(queries, keys, queue.keys, selected.instances, {
        temperature,
        mode,
        check: false,
      }) as Scalar;
      const prototype = pcsc(queries, selected.prototypes, { mode, check: false });
      const kept = selected.instances.map((mask, l) => [`keep${l + 1}`, mean(mask) as Scalar]);
      return {
        total: add(instance, prototype),
        parts: { accuracy, icsc: instance, pcsc: prototype, ...Object.fromEntries(kept) },
      };
    },

    afterStep: ({ keys }) => queue.enqueue(keys),

    state: () => ({
      tensors: {
        ...modelTensors(query, 'query/'),
        ...modelTensors(key.model, 'key/'),
        queue: queue.keys,
        ...(hierarchy && hierarchyTensors(hierarchy)),
      },
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
      hierarchy?.dispose();
      hierarchy = hierarchyFromTensors(tensors);
    },
    dispose() {
      hierarchy?.dispose();
      key.dispose();
      queue.dispose();
      query.dispose();
    },
  };
}
