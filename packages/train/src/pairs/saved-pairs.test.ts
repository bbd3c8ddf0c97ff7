import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { subset } from '@hcsc/data';
import { semanticPairs } from '@hcsc/samplers';
import { savePairs } from '@hcsc/weights';
import { expect, test } from 'vitest';
import { folder } from '../toy-run.fixture.js';
import { minedPairs } from './mined-pairs.js';
import { contextIn, kindsWith } from './pairs.fixture.js';
import { pixelEncoder } from './pixel-encoder.js';
import { savedPairs } from './saved-pairs.js';

const mine = (share = 1) =>
  minedPairs({ encoder: pixelEncoder(), miner: semanticPairs({ lower: 0.98 }), share }).find(contextIn(folder).context);

test.each([1, 0.6])(
  'are the pairs that were mined, by their folder, their run, or their file (share %d)',
  async (share) => {
    const mined = await mine(share);
    for (const place of ['spps/pairs', 'spps', 'spps/pairs/pairs.safetensors']) {
      const plan = savedPairs(join(folder, place));
      expect(plan).toMatchObject({ name: 'savedPairs', options: {} });
      expect(await plan.find(contextIn(folder, { folder: join(folder, 'new/pairs') }).context)).toEqual(mined);
    }
  },
);

test('of other images they are refused', async () => {
  await mine();
  const { source } = contextIn(folder).context;
  const find = (changed: typeof source) =>
    savedPairs(join(folder, 'spps')).find(contextIn(folder, { source: changed }).context);
  await expect(find(subset(source, 20))).rejects.toThrow(/they are of 30 images, and kinds, 20 of 30 images has 20$/);
  await expect(find(kindsWith({ 16: 77 }))).rejects.toThrow(/mined among other images than kinds$/);
});

test('of any miner, saved by hand, they are taken', async () => {
  const mined = {
    ...{ images: 30, pairs: Int32Array.of(2, 5), similarities: Float32Array.of(0.5), duplicates: Int32Array.of() },
  };
  await savePairs(join(folder, 'mine.safetensors'), mined, { metadata: { identity: 'by hand' } });
  expect(await savedPairs(join(folder, 'mine.safetensors')).find(contextIn(folder).context)).toEqual(mined);
});

test('what holds none is refused, and a signal heard', async () => {
  mkdirSync(join(folder, 'spps/pairs'), { recursive: true });
  const { context } = contextIn(folder);
  await expect(savedPairs(join(folder, 'spps')).find(context)).rejects.toThrow(
    /There are no pairs in .*spps: needed pairs.safetensors in it, or in its folder pairs/,
  );
  writeFileSync(join(folder, 'spps/pairs/pairs.safetensors'), 'torn');
  await expect(savedPairs(join(folder, 'spps')).find(context)).rejects.toThrow(
    expect.objectContaining({ name: 'SafetensorsError' }),
  );
  rmSync(join(folder, 'spps'), { recursive: true });
  const { context: stopped } = contextIn(folder, { signal: AbortSignal.abort(new Error('no more')) });
  await expect(savedPairs(folder).find(stopped)).rejects.toThrow('no more');
});
