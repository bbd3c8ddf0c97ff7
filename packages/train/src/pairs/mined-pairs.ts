import { join } from 'node:path';
import type { MinedPairs, PositiveMiner } from '@hcsc/samplers';
import { loadPairs, SafetensorsError, savePairs } from '@hcsc/weights';
import { runDifferences } from '../run-identity.js';
import { lockRun } from '../run-lock.js';
import { checkShare, chosenImages } from './chosen-images.js';
import { embedImages } from './embed-images.js';
import { type Embedding, headerOf, readEmbedding, writeEmbedding } from './embedding.js';
import { embeddingParts } from './embedding-parts.js';
import type { MiningEncoder } from './mining-encoder.js';
import { imagesIdentity, type MiningIdentity, sameIdentity } from './mining-identity.js';
import { PAIR_FILES } from './pair-files.js';
import { openPairFolder } from './pair-folder.js';
import type { PairContext, PairPlan } from './pair-plan.js';
import { writePairSummary } from './pair-summary.js';

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

/** Says what else goes on to those who follow. */
function tell({ loggers, onProgress }: PairContext) {
  return {
    notice: (message: string) => {
      for (const logger of loggers) logger.notice?.(message);
    },
    phase(work: string) {
      for (const logger of loggers) logger.phase?.(work);
      return (share: number) => onProgress?.(work, share);
    },
  };
}

/** What a file that is there says it was made of; null if there is none, or it is damaged. */
async function keptIdentity(path: string, notice: (message: string) => void): Promise<unknown> {
  try {
    const header = await headerOf(path);
    if (header && header.identity === undefined) {
      throw new Error(`${path} was not written with pairs: give another folder, or move it away`);
    }
    return header && JSON.parse(header.identity!);
  } catch (error) {
    if (!(error instanceof SafetensorsError || error instanceof SyntaxError)) throw error;
    notice(`${error.message}: it is made anew`);
    return null;
  }
}

/** What a file of the right identity holds; null if it is damaged. */
async function unlessDamaged<T>(work: Promise<T>, notice: (message: string) => void): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SafetensorsError || error instanceof TypeError || error instanceof RangeError)) throw error;
    notice(`${error.message}: it is made anew`);
    return null;
  }
}

/**
 * Semantic positive pairs (SPPS) that are mined: images are embedded, the miner finds pairs among the features.
 *
 * The folder of the pairs gets `features.safetensors` (`features` `[K, D]` float32 of length 1, `images` `[K]` int32),
 * `pairs.safetensors` (see `savePairs` of `@hcsc/weights`), `pairs.jsonl` (a line a pair, the most alike first) and
 * `mining.json` (how it was done, statistics). Features are taken as they are if encoder, images, share and seed are
 * the same, pairs if the miner and its options are too. Embedding and the training of an encoder go on where they stopped.
 * Source: arXiv 2306.16122.
 *
 * @throws RangeError for a share that is not above 0 and up to 1, a seed or `batchSize` out of range. `find` rejects with a
 *   RangeError if the share has fewer than 2 images or features are not finite, Error if the folder has other files or another
 *   process is at work in it, what encoder and miner reject with, the signal's reason.
 *
 * @example
 * ```ts
 * const pairs = minedPairs({ encoder: trainedEncoder(moco), miner: semanticPairs({ lower: 0.97, upper: 0.99 }) });
 * export default defineRecipe({ ...moco, name: 'spps', pairs });
 * ```
 */
export function minedPairs({ encoder, miner, share = 1, seed = 0, batchSize = 256 }: MinedPairsOptions): PairPlan {
  checkShare(share, seed);
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot embed batches of ${batchSize} images: give an integer of at least 1`);
  }
  const chosenBy = { share, ...(share < 1 && { seed }) };
  const encoderOptions = () => ({
    name: encoder.name,
    ...encoder.options,
    ...(encoder.prepare && { prepare: encoder.prepare.steps ?? 'a function' }),
  });
  const minerOptions = { name: miner.name, ...miner.options };

  async function find(context: PairContext): Promise<MinedPairs> {
    const { source, folder, signal } = context;
    const { notice, phase } = tell(context);
    signal?.throwIfAborted();
    const by = encoderOptions();
    const chosen = chosenImages(source.length, share, seed);
    const prepare = encoder.prepare ?? context.prepare;
    const at = (name: string) => join(folder, name);
    const images = await imagesIdentity(source, chosen);
    const identify = async (): Promise<MiningIdentity> => ({
      plan: { encoder: by, prepare: prepare.steps ?? 'a function', images, ...chosenBy },
      encoder: (await encoder.identify?.(context)) ?? {},
    });
    const withMiner = (identity: MiningIdentity): MiningIdentity => ({
      ...identity,
      plan: { ...identity.plan, miner: minerOptions },
    });
    /** Is what was made there of what it would be made of now? */
    const reusable = async (path: string, now: MiningIdentity, what: string) => {
      const then = await keptIdentity(path, notice);
      if (then === null) return false;
      if (sameIdentity(then, now)) return true;
      const changes = runDifferences(then as Record<string, unknown>, now as unknown as Record<string, unknown>);
      notice(`${what} anew: ${changes.slice(0, 3).join('; ')}${changes.length > 3 ? '; …' : ''}`);
      return false;
    };

    async function embedding(known: MiningIdentity): Promise<Embedding & { identity: MiningIdentity }> {
      const path = at(PAIR_FILES.features);
      if (await reusable(path, known, 'Embedding')) {
        const kept = await unlessDamaged(readEmbedding(path), notice);
        const then = (await keptIdentity(path, notice)) as MiningIdentity;
        if (kept) return { ...kept, identity: { ...known, encoder: then.encoder } };
      }
      const open = await encoder.open(context);
      try {
        signal?.throwIfAborted();
        const identity = await identify();
        const parts = embeddingParts(at(PAIR_FILES.parts), identity, notice);
        const onProgress = phase('embedding');
        const made = await embedImages(open, {
          ...{ source, chosen, prepare, parts, name: encoder.name, batchSize, notice, onProgress, signal },
        });
        await writeEmbedding(path, made, identity);
        await parts.clear();
        return { ...made, identity };
      } finally {
        open.dispose();
      }
    }

    await openPairFolder(folder);
    const unlock = await lockRun(folder);
    try {
      const known = await identify();
      const path = at(PAIR_FILES.pairs);
      const describe = { encoder: by, miner: minerOptions, ...chosenBy };
      if (miner.options && (await reusable(path, withMiner(known), 'Mining'))) {
        const kept = await unlessDamaged(loadPairs(path), notice);
        if (kept) {
          const { metadata: _, ...mined } = kept;
          await writePairSummary(folder, { mined, source, describe, features: null });
          return mined;
        }
      }
      const { identity, values, width, images: rows, ...left } = await embedding(known);
      signal?.throwIfAborted();
      const features = { values, width };
      const found = await miner.mine({ features, signal, onProgress: phase('mining') });
      const positions = (list: Int32Array) => list.map((row) => rows[row]!);
      const mined: MinedPairs = {
        ...found,
        images: source.length,
        pairs: positions(found.pairs),
        duplicates: positions(found.duplicates),
      };
      if (mined.pairs.length === 0) notice(`${miner.name} found no pairs among ${rows.length} images`);
      await savePairs(path, mined, { metadata: { identity: JSON.stringify(withMiner(identity)) } });
      await writePairSummary(folder, { mined, source, describe, features: { ...features, ...left, images: rows } });
      return mined;
    } finally {
      await unlock();
    }
  }
  return Object.freeze<PairPlan>({
    name: 'minedPairs',
    get options() {
      return { encoder: encoderOptions(), miner: minerOptions, ...chosenBy };
    },
    find,
  });
}
