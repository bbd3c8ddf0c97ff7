import {
  type ConcentrationOptions,
  heldHierarchy,
  hierarchicalKMeans,
  hierarchyFromTensors,
  hierarchyTensors,
} from '@hcsc/kmeans';
import { icsc, infoNCE, type MaskMode, type PrototypeLevel, pcsc } from '@hcsc/losses';
import { anchorLevels, type NegativeSampler } from '@hcsc/samplers';
import { perCall } from '@hcsc/trace';
import type { Method } from '@hcsc/train';
import { add, mean, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import { holdPrototypes } from '../hold-prototypes.js';
import { type MocoFrameOptions, mocoFrame } from '../moco-frame.js';

export interface HcscOptions extends Omit<MocoFrameOptions, 'pairs'> {
  /** Paper: 0.2. */
  temperature?: number;
  /** Epochs of plain InfoNCE before the first clustering. Paper: 20 of 200. */
  warmupEpochs?: number;
  /** Prototypes per level, finest first. Paper: 3000, 2000, 1000. */
  clusters?: readonly number[];
  /** An image's prototype: the most similar one of the level (paper), or its ancestor in the tree (reference). */
  assignment?: 'nearest' | 'tree';
  /** Clusters of fewer than 10 images: kept (reference), or their prototypes are dropped (the paper's text). */
  smallClusters?: 'keep' | 'drop';
  /** Cluster once, in 10 iterations, from the last prototypes on, not in 20 from five random starts. Paper: false. */
  warmStart?: boolean;
  /** ε, percentiles and floor of the concentration. */
  concentration?: Omit<ConcentrationOptions, 'temperature'>;
  /**
   * Which keys stay negatives of a query, and which prototypes. Where they compare, the query's own key is the anchor. Its losses
   * take masks, and no weights.
   */
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
  temperature = 0.2,
  warmupEpochs = 20,
  clusters = [3000, 2000, 1000],
  assignment = 'nearest',
  smallClusters = 'keep',
  warmStart = false,
  concentration = {},
  instanceSampler,
  prototypeSampler,
  mode = 'paper',
  ...options
}: HcscOptions): Method<HcscTargets> {
  for (const { name, weights } of [instanceSampler, prototypeSampler]) {
    if (weights)
      throw new TypeError(`Cannot train HCSC with ${name}: its losses take keep-masks, and would ignore weights`);
  }
  const frame = mocoFrame(options);
  const { queue } = frame;
  const held = heldHierarchy();
  let progress = 0;
  return {
    name: 'hcsc',
    views: 2,
    encoder: options.encoder,
    parameters: frame.parameters,
    options: {
      ...{ momentum: options.momentum, queue: queue.size, dim: queue.dim, temperature },
      ...{ warmupEpochs, clusters, assignment, mode },
      ...(smallClusters !== 'keep' && { smallClusters }),
      ...(warmStart && { warmStart }),
      ...(Object.keys(concentration).length > 0 && { concentration }),
      ...{ instanceSampler: instanceSampler.name, prototypeSampler: prototypeSampler.name },
    },
    get hierarchy() {
      return held.current;
    },
    traceKey: () => held.version,
    embed: frame.embed,
    beforeStep: frame.beforeStep,
    figures: frame.figures,

    async beforeEpoch(context) {
      progress = context.epoch / context.epochs;
      if (context.epoch < warmupEpochs) return {};
      const options = { ...concentration, temperature, assignment, smallClusters };
      return holdPrototypes(held, context, {
        ...{ embed: frame.embed, warmStart },
        cluster: (features, start) => hierarchicalKMeans(features, clusters, { ...options, ...start }),
      });
    },

    targets([, second], { indices, rng }) {
      const keys = frame.encodeKey(second!, rng.fork('shuffle'));
      if (!held.current) return { keys, selected: null };
      const levels = anchorLevels(held.current, indices);
      const request = { levels, anchors: keys, progress: perCall(() => progress), check: false };
      const candidates = levels.map(() => queue.keys);
      const instances = instanceSampler.keep({ ...request, candidates, rng: rng.fork('instances') });
      const prototypes = levels.map((level) => level.centroids);
      const keep = prototypeSampler.keep({ ...request, candidates: prototypes, rng: rng.fork('prototypes') });
      return { keys, selected: { instances, prototypes: levels.map((level, l) => ({ ...level, keep: keep[l]! })) } };
    },

    loss([first], { keys, selected }) {
      const queries = frame.encodeQuery(first!);
      const similarities = frame.similarities(queries, keys);
      const loss = { temperature, mode, check: false };
      if (!selected) {
        return { total: infoNCE(queries, keys, queue.keys, loss), parts: similarities, features: queries };
      }
      const instance = icsc(queries, keys, queue.keys, selected.instances, loss) as Scalar;
      const prototype = pcsc(queries, selected.prototypes, { mode, check: false });
      const kept = selected.instances.map((mask, l) => [`keep${l + 1}`, mean(mask) as Scalar]);
      const parts = { ...similarities, icsc: instance, pcsc: prototype, ...Object.fromEntries(kept) };
      return { total: add(instance, prototype), parts, features: queries };
    },

    afterStep: ({ keys }) => queue.enqueue(keys),

    state() {
      const { tensors, values } = frame.state();
      const prototypes = held.current && hierarchyTensors(held.current);
      return { tensors: { ...tensors, ...prototypes }, values: { ...values, progress } };
    },
    restore(state) {
      const saved = hierarchyFromTensors(state.tensors);
      try {
        frame.restore(state);
        held.hold(saved);
        progress = Number(state.values.progress ?? 0);
      } finally {
        saved?.dispose();
      }
    },
    dispose() {
      held.dispose();
      frame.dispose();
    },
  };
}
