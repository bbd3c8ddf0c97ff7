import { join } from 'node:path';
import { type MinedPairs, type PositiveMiner, similarityHistogram } from '@hcsc/samplers';
import { loadPairs, savePairs } from '@hcsc/weights';
import { checkShare, chosenImages } from './chosen-images.js';
import type { Embedding } from './embedding.js';
import { findEmbedding, keptEmbedding } from './find-embedding.js';
import { keptAs, unlessDamaged } from './kept-file.js';
import type { MiningEncoder } from './mining-encoder.js';
import { imagesIdentity, type MiningIdentity } from './mining-identity.js';
import { PAIR_FILES } from './pair-files.js';
import { lockPairFolder } from './pair-folder.js';
import type { PairContext, PairPlan } from './pair-plan.js';
import { writePairSummary } from './pair-summary.js';
import { told } from './told.js';

/** Options of {@link minedPairs}. */
export interface MinedPairsOptions {
  /** What tells how alike images are. */
  encoder: MiningEncoder;
  /** What finds pairs by it: `semanticPairs` of `@hcsc/samplers`, as a rule. */
  miner: PositiveMiner;
  /** The share of the images that pairs are looked for among. Default 1; SPPS: 0.05 to 0.1 of ImageNet. */
  share?: number;
  /** Decides on that share. Default 0. */
  seed?: number;
  /** Images embedded at a time. Default 256. */
  batchSize?: number;
}

/** A plan to mine pairs, which another can be made of: `minedPairs({ ...plan.parts, share: 0.1 })`. */
export interface MinedPairsPlan extends PairPlan {
  /** What pairs are mined with, defaults included. */
  readonly parts: Readonly<Required<MinedPairsOptions>>;
}

/**
 * Semantic positive pairs (SPPS) that are mined: images are embedded, the miner finds pairs among the features.
 *
 * The folder of the pairs gets `features.safetensors` (`features` `[K, D]` float32 of length 1, `images` `[K]` int32),
 * `pairs.safetensors` (see `savePairs` of `@hcsc/weights`), `pairs.jsonl` (a line a pair, the most alike first) and
 * `mining.json` (a {@link PairSummary}). Features are taken as they are if encoder, images, share and seed are the same,
 * pairs if the miner and its options are too; that images are the same is told by some of them. Embedding, and the training
 * of an encoder, go on where they stopped. Source: arXiv 2306.16122.
 *
 * @throws RangeError for a share that is not above 0 and up to 1, a seed or `batchSize` out of range. `find` rejects with a
 *   RangeError if the share has fewer than 2 images or features are not finite, Error if the folder has other files or another
 *   process is at work in it, with what encoder and miner reject with, and with the signal's reason.
 *
 * @example
 * ```ts
 * const pairs = minedPairs({ encoder: trainedEncoder(moco), miner: semanticPairs({ lower: 0.97, upper: 0.99 }) });
 * export default defineRecipe({ ...moco, name: 'spps', pairs });
 * ```
 */
export function minedPairs({
  encoder,
  miner,
  share = 1,
  seed = 0,
  batchSize = 256,
}: MinedPairsOptions): MinedPairsPlan {
  checkShare(share, seed);
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot embed batches of ${batchSize} images: give an integer of at least 1`);
  }
  const describe = () => ({
    encoder: {
      name: encoder.name,
      ...encoder.options,
      ...(encoder.prepare && { prepare: encoder.prepare.steps ?? 'a function' }),
    },
    miner: { name: miner.name, ...miner.options },
    share,
    ...(share < 1 && { seed }),
  });

  async function findIn(context: PairContext, plan: ReturnType<typeof describe>): Promise<MinedPairs> {
    const { source, folder, signal } = context;
    const { notice, phase } = told(context);
    const path = join(folder, PAIR_FILES.pairs);
    const prepare = encoder.prepare ?? context.prepare;
    const chosen = chosenImages(source.length, share, seed);
    const images = await imagesIdentity(source, chosen);
    const { miner: by, ...ofFeatures } = plan;
    const identify = async (): Promise<MiningIdentity> => ({
      plan: { ...ofFeatures, prepare: prepare.steps ?? 'a function', images },
      encoder: (await encoder.identify?.(context)) ?? {},
    });
    const withMiner = (of: MiningIdentity) => ({ ...of, plan: { ...of.plan, miner: by } });

    const known = await identify();
    // Of a miner that does not say what decides on its pairs nobody can tell whether these are its.
    const kept = miner.options && (await keptAs(path, withMiner(known), { what: 'Mining', notice }));
    const before = kept && (await unlessDamaged(() => loadPairs(path), notice));
    if (before) {
      const { metadata: _, ...mined } = before;
      await writePairSummary(folder, {
        ...{ mined, source, plan, isNew: false },
        describeFeatures: async () => featuresOf(await keptEmbedding(folder, known, { notice: () => {} })),
      });
      return mined;
    }
    const embedding = await findEmbedding(context, { encoder, prepare, chosen, batchSize, identify, notice, phase });
    signal?.throwIfAborted();
    const found = await miner.mine({ features: embedding, signal, onProgress: phase('mining') });
    const positions = (rows: Int32Array) => rows.map((row) => embedding.images[row]!);
    const mined: MinedPairs = {
      ...found,
      images: source.length,
      pairs: positions(found.pairs),
      duplicates: positions(found.duplicates),
    };
    if (mined.pairs.length === 0) {
      notice(`${miner.name} found no pairs among ${embedding.images.length} images: see the similarities in ${folder}`);
    }
    await savePairs(path, mined, { metadata: { identity: JSON.stringify(withMiner(embedding.identity)) } });
    const describeFeatures = () => featuresOf(embedding);
    await writePairSummary(folder, { mined, source, plan, isNew: true, describeFeatures });
    return mined;

    async function featuresOf(of: Embedding | null) {
      if (!of) return null;
      const onProgress = phase('counting similarities');
      return { ...of, similarities: await similarityHistogram(of, { bins: 2000, signal, onProgress }) };
    }
  }

  return Object.freeze<MinedPairsPlan>({
    name: 'minedPairs',
    parts: Object.freeze({ encoder, miner, share, seed, batchSize }),
    get options() {
      return describe();
    },
    async find(context) {
      context.signal?.throwIfAborted();
      const plan = describe();
      const unlock = await lockPairFolder(context.folder);
      try {
        return await findIn(context, plan);
      } finally {
        await unlock();
      }
    },
  });
}
