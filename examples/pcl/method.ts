import { type ConcentrationOptions, heldHierarchy } from '@hcsc/kmeans';
import { infoNCE, type MaskMode, type ProtoNCELevel, protoNCE } from '@hcsc/losses';
import { anchorLevels } from '@hcsc/samplers';
import type { Method } from '@hcsc/train';
import { add, type Tensor2D } from '@tensorflow/tfjs-core';
import { holdPrototypes } from '../hold-prototypes.js';
import { type MocoFrameOptions, mocoFrame } from '../moco-frame.js';
import { alone, clusteringsFromTensors, clusteringTensors, flatClusterings } from './flat-clusterings.js';
import { sampledPrototypes } from './sampled-prototypes.js';

export interface PclOptions extends Omit<MocoFrameOptions, 'pairs'> {
  /** Of InfoNCE, and the mean φ of a clustering. Paper: 0.2. */
  temperature?: number;
  /** Epochs of plain InfoNCE before the first clustering. Paper: 20 of 200. */
  warmupEpochs?: number;
  /** Prototypes of each clustering. Paper: 25,000, 50,000 and 100,000. Reports show those of the first. */
  clusters?: readonly number[];
  /**
   * r: prototypes drawn as negatives at each step and clustering; if a query's own is among them it is left out. With more
   * than there are, all others are negatives. Paper: 16,000.
   */
  negatives?: number;
  /** ε, percentiles and floor of the concentration. Paper: 10, and 10 and 90. */
  concentration?: Omit<ConcentrationOptions, 'temperature'>;
  /** Cluster once, in 10 iterations, from the last prototypes on, not in 20 from five random starts. Paper: false. */
  warmStart?: boolean;
  /**
   * Negatives are drawn from all prototypes (paper); or from those that are nobody's positive in the batch, whose positives
   * are negatives too (reference, the official code), where r ≤ k − N of them are left for sure, and else not drawn.
   */
  mode?: MaskMode;
}

interface PclTargets {
  keys: Tensor2D;
  /** Prototypes, positives and negatives of each clustering; null during the warm-up. */
  levels: ProtoNCELevel[] | null;
}

/** PCL (ICLR 2021): MoCo v2, and queries contrasted with the prototypes of several clusterings, each made by itself. */
export function pcl({
  temperature = 0.2,
  warmupEpochs = 20,
  clusters = [25_000, 50_000, 100_000],
  negatives = 16_000,
  concentration = {},
  warmStart = false,
  mode = 'paper',
  ...options
}: PclOptions): Method<PclTargets> {
  if (!(Number.isInteger(negatives) && negatives > 0)) {
    throw new RangeError(`Cannot draw ${negatives} prototypes as negatives: give an integer of at least 1`);
  }
  const frame = mocoFrame(options);
  const { queue } = frame;
  const held = heldHierarchy();
  return {
    name: 'pcl',
    views: 2,
    encoder: options.encoder,
    parameters: frame.parameters,
    options: {
      ...{ momentum: options.momentum, queue: queue.size, dim: queue.dim, temperature },
      ...{ warmupEpochs, clusters, negatives, mode },
      ...(warmStart && { warmStart }),
      ...(Object.keys(concentration).length > 0 && { concentration }),
    },
    get hierarchy() {
      return held.current && alone(held.current.levels[0]!, held.dispose);
    },
    traceKey: () => held.version,
    embed: frame.embed,
    beforeStep: frame.beforeStep,
    figures: frame.figures,

    async beforeEpoch(context) {
      if (context.epoch < warmupEpochs) return {};
      return holdPrototypes(held, context, {
        ...{ embed: frame.embed, warmStart },
        cluster: (features, start) => flatClusterings(features, clusters, { ...concentration, temperature, ...start }),
      });
    },

    targets([, second], { indices, rng }) {
      const keys = frame.encodeKey(second!, rng.fork('shuffle'));
      if (!held.current) return { keys, levels: null };
      const levels = anchorLevels(held.current, indices).map(({ centroids, concentration, positives }, m) => {
        const others = mode === 'reference' ? positives : undefined;
        const drawn = sampledPrototypes(centroids.shape[0], negatives, rng.fork(`negatives ${m}`), others);
        return { centroids, concentration, positives, ...(drawn && { negatives: drawn }) };
      });
      return { keys, levels };
    },

    loss([first], { keys, levels }) {
      const queries = frame.encodeQuery(first!);
      const similarities = frame.similarities(queries, keys);
      const instance = infoNCE(queries, keys, queue.keys, { temperature, check: false });
      if (!levels) return { total: instance, parts: similarities, features: queries };
      const prototype = protoNCE(queries, levels, { mode, check: false });
      const parts = { ...similarities, infoNCE: instance, protoNCE: prototype };
      return { total: add(instance, prototype), parts, features: queries };
    },

    afterStep: ({ keys }) => queue.enqueue(keys),

    state() {
      const { tensors, values } = frame.state();
      return { tensors: { ...tensors, ...(held.current && clusteringTensors(held.current)) }, values };
    },
    restore(state) {
      const saved = clusteringsFromTensors(state.tensors, clusters.length);
      try {
        frame.restore(state);
        held.hold(saved);
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
