import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Preparation } from '../evaluation-view.js';
import { embedImages } from './embed-images.js';
import { type Embedding, readEmbedding, writeEmbedding } from './embedding.js';
import { embeddingParts } from './embedding-parts.js';
import { keptAs, unlessDamaged } from './kept-file.js';
import type { MiningEncoder } from './mining-encoder.js';
import type { MiningIdentity } from './mining-identity.js';
import { PAIR_FILES } from './pair-files.js';
import type { PairContext } from './pair-plan.js';
import type { Told } from './told.js';

/** What {@link findEmbedding} goes by. */
export interface FindEmbeddingOptions extends Told {
  readonly encoder: MiningEncoder;
  readonly prepare: Preparation;
  /** `[K]`: positions in the source, in rising order. */
  readonly chosen: Int32Array;
  readonly batchSize: number;
  /** What decides on the features, as far as that can be told now. */
  identify(): Promise<MiningIdentity>;
}

/** Features that were kept, and what they were made of; null if there are none of these. */
export async function keptEmbedding(
  folder: string,
  now: MiningIdentity,
  { notice }: Pick<Told, 'notice'>,
): Promise<(Embedding & { identity: MiningIdentity }) | null> {
  const path = join(folder, PAIR_FILES.features);
  const identity = await keptAs(path, now, { what: 'Embedding', notice });
  const kept = identity && (await unlessDamaged(() => readEmbedding(path), notice));
  return kept && { ...kept, identity };
}

/** Embeds the chosen images, and keeps their features; those that are there are taken as they are. */
export async function findEmbedding(
  context: PairContext,
  { encoder, prepare, chosen, batchSize, identify, notice, phase }: FindEmbeddingOptions,
): Promise<Embedding & { identity: MiningIdentity }> {
  const { folder, source, signal } = context;
  const partFolder = join(folder, PAIR_FILES.parts);
  const kept = await keptEmbedding(folder, await identify(), { notice });
  if (kept) {
    await rm(partFolder, { recursive: true, force: true }); // of a process that was killed just then
    return kept;
  }
  const open = await encoder.open(context);
  try {
    signal?.throwIfAborted();
    // Now it has its weights.
    const identity = await identify();
    const parts = embeddingParts(partFolder, identity, notice);
    const embedding = await embedImages(open, {
      ...{ source, chosen, prepare, parts, name: encoder.name, batchSize, notice, signal },
      onProgress: phase('embedding'),
    });
    await writeEmbedding(join(folder, PAIR_FILES.features), embedding, identity);
    await parts.clear();
    return { ...embedding, identity };
  } finally {
    open.dispose();
  }
}
