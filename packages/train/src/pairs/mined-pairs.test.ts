import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { semanticPairs } from '@hcsc/samplers';
import { loadPairs, readSafetensors, writeSafetensors } from '@hcsc/weights';
import { mul, scalar, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Preparation } from '../evaluation-view.js';
import { lockRun } from '../run-lock.js';
import { folder } from '../toy-run.fixture.js';
import { type MinedPairsOptions, minedPairs } from './mined-pairs.js';
import type { PairContext } from './pair-plan.js';
import type { PairSummary } from './pair-summary.js';
import { columnEncoder, contents, contextIn, kinds, kindsWith, pairsByPixels, stoppedAt } from './pairs.fixture.js';
import { pixelEncoder } from './pixel-encoder.js';

const bounds = { lower: 0.98, upper: 0.9999 };
const miner = semanticPairs(bounds);
const find = (context: PairContext, options: Partial<MinedPairsOptions> = {}) =>
  minedPairs({ encoder: pixelEncoder(), miner, batchSize: 4, ...options }).find(context);
const inFolder = (name: string) => join(folder, 'spps/pairs', name);
const summary = () => JSON.parse(readFileSync(inFolder('mining.json'), 'utf8')) as PairSummary;

test('finds the pairs there are, and keeps features, pairs and figures', async () => {
  const { context, works } = contextIn(folder);
  const mined = await find(context);
  const wanted = pairsByPixels(bounds.lower, bounds.upper);
  expect(wanted.pairs.length).toBeGreaterThan(20);
  expect(wanted.duplicates.length).toBeGreaterThan(2);
  expect(mined).toMatchObject({ images: 30, thresholds: bounds });
  expect([...mined.pairs]).toEqual(wanted.pairs);
  expect([...mined.duplicates]).toEqual(wanted.duplicates);
  for (const [at, cosine] of wanted.similarities.entries()) expect(mined.similarities[at]).toBeCloseTo(cosine, 5);
  expect(works.filter((work) => work.endsWith(' 100 %'))).toEqual([
    'embedding 100 %',
    'mining 100 %',
    'counting similarities 100 %',
  ]);
  expect(Object.keys(contents(context.folder)).sort()).toEqual([
    'features.safetensors',
    'mining.json',
    'pairs.jsonl',
    'pairs.safetensors',
  ]);

  const { metadata, ...kept } = await loadPairs(inFolder('pairs.safetensors'));
  expect(kept).toEqual(mined);
  expect(JSON.parse(metadata.identity!).plan.miner).toMatchObject({ name: 'semanticPairs', ...bounds });

  const { tensors } = await readSafetensors(inFolder('features.safetensors'));
  const pixels = await kinds.read([7]);
  const length = Math.hypot(...pixels);
  expect(tensors.features!.shape).toEqual([30, 16]);
  expect([...tensors.images!.data]).toEqual(Array.from({ length: 30 }, (_, i) => i));
  for (const [at, value] of pixels.entries()) {
    expect(Number(tensors.features!.data[7 * 16 + at])).toBeCloseTo(value / length, 6);
  }

  const lines = readFileSync(inFolder('pairs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const similarities = lines.flatMap(({ similarity }) => similarity ?? []);
  expect(lines).toHaveLength((wanted.pairs.length + wanted.duplicates.length) / 2);
  expect(similarities).toEqual(similarities.slice().sort((a, b) => b - a));
  const [first] = lines;
  const at = wanted.similarities.indexOf(Math.max(...wanted.similarities));
  expect(first.images).toEqual(wanted.pairs.slice(2 * at, 2 * at + 2));
  expect(first.labels).toEqual(first.images.map((image: number) => ['bar', 'dot', 'ring'][image % 3]));
  expect(lines.at(-1)).toMatchObject({ duplicate: true, images: wanted.duplicates.slice(-2) });

  const { statistics, features } = summary();
  expect(statistics).toMatchObject({ pairs: wanted.pairs.length / 2, duplicates: wanted.duplicates.length / 2 });
  const pure = wanted.similarities.filter((_, p) => wanted.pairs[2 * p]! % 3 === wanted.pairs[2 * p + 1]! % 3).length;
  expect(statistics.purity).toBe(pure / wanted.similarities.length);
  expect(features).toMatchObject({ images: 30, columns: 16, unreadable: [], zero: [] });
  expect(features!.similarities.counts.reduce((sum, count) => sum + count)).toBe((30 * 29) / 2);
});

test('of a share, pairs are among the images of that share only, and a larger share has all of these', async () => {
  const rows = async (share: number, seed = 1) => {
    const { context } = contextIn(join(folder, `${share} ${seed}`));
    const mined = await find(context, { share, seed });
    const { tensors } = await readSafetensors(join(context.folder, 'features.safetensors'));
    return { mined, images: [...(tensors.images!.data as Int32Array)] };
  };
  const half = await rows(0.5);
  expect(half.images).toHaveLength(15);
  expect(half.images).toEqual(half.images.slice().sort((a, b) => a - b));
  const wanted = pairsByPixels(bounds.lower, bounds.upper, half.images);
  expect(wanted.pairs.length).toBeGreaterThan(0);
  expect([...half.mined.pairs]).toEqual(wanted.pairs);
  expect(half.mined.images).toBe(30);
  const more = await rows(0.7);
  expect(half.images.every((image) => more.images.includes(image))).toBe(true);
  expect((await rows(0.5, 2)).images).not.toEqual(half.images);
});

const darker: Preparation = Object.assign(((images) => tidy(() => mul(images, scalar(0.5)))) as Preparation, {
  steps: ['darker'],
});

// What is changed, and how many images are embedded anew; whether pairs are mined anew.
test.each<[string, Partial<MinedPairsOptions>, Partial<PairContext>, number, boolean]>([
  ['nothing', {}, {}, 0, false],
  ['the size of batches', { batchSize: 7 }, {}, 0, false],
  ['the seed of a share of all', { seed: 5 }, {}, 0, false],
  ["the miner's options", { miner: semanticPairs({ ...bounds, lower: 0.97 }) }, {}, 0, true],
  ['the miner', { miner: { name: 'another', options: {}, mine: miner.mine } }, {}, 0, true],
  ["the encoder's options", { encoder: columnEncoder({ options: { depth: 2 } }).encoder }, {}, 30, true],
  [
    "the encoder's weights",
    { encoder: columnEncoder({ identify: async () => ({ weights: 'b' }) }).encoder },
    {},
    30,
    true,
  ],
  ['the share', { share: 0.5 }, {}, 15, true],
  ['how images are shown', {}, { prepare: darker }, 30, true],
  ['an image', {}, { source: kindsWith({ 33: 99 }) }, 30, true],
  ['the number of images', {}, { source: { ...kinds, length: 29, labels: null } as ImageSource }, 29, true],
])('where %s has changed, what is of it is made anew', async (_, options, changes, embedded, mines) => {
  const same = { encoder: columnEncoder({ identify: async () => ({ weights: 'a' }) }).encoder };
  const mined = await find(contextIn(folder).context, same);
  const now = contextIn(folder, changes);
  const again = await find(now.context, { ...same, ...options });
  if (!mines) expect(again).toEqual(mined);
  expect(now.works.includes('mining 100 %')).toBe(mines);
  expect(now.works.includes('embedding 100 %')).toBe(embedded > 0);
  expect(now.notices.join()).toMatch(
    embedded > 0 ? /Mining anew: .*Embedding anew: / : mines ? /^Mining anew: / : /^$/,
  );
  const { tensors } = await readSafetensors(inFolder('features.safetensors'));
  expect(tensors.images!.shape[0]).toBe(embedded || 30);
  // And what was changed is what there is now.
  const after = contextIn(folder, changes);
  expect(await find(after.context, { ...same, ...options })).toEqual(again);
  expect(after.works).toEqual([]);
});

test('weights that cannot be told are those that were; a miner that says nothing of itself mines again', async () => {
  const { encoder, embedded } = columnEncoder({ identify: async () => ({ weights: 'a' }) });
  await find(contextIn(folder).context, { encoder });
  const unknown = { ...encoder, identify: async () => ({ weights: null }) };
  const silent = contextIn(folder);
  await find(silent.context, { encoder: unknown });
  expect(silent.works).toEqual([]);
  const again = contextIn(folder);
  await find(again.context, { encoder: unknown, miner: { name: 'semanticPairs', mine: miner.mine } });
  expect(again.works).toContain('mining 100 %');
  expect(embedded()).toBe(30);
  expect(JSON.parse((await loadPairs(inFolder('pairs.safetensors'))).metadata.identity!).encoder).toEqual({
    weights: 'a',
  });
});

test.each([
  ['embedding 20 %', ['parts'], 24],
  ['mining 0 %', ['features.safetensors'], 0],
  ['mining 100 %', ['features.safetensors'], 0],
  ['counting similarities 0 %', ['features.safetensors', 'pairs.safetensors', 'pairs.jsonl'], 0],
])('stopped at %s it goes on from there', async (said, kept, left) => {
  const whole = await find(contextIn(join(folder, 'whole')).context, { encoder: columnEncoder().encoder });
  const stopped = stoppedAt(folder, said);
  await expect(find(stopped.context, { encoder: columnEncoder().encoder, batchSize: 2 })).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }),
  );
  expect(existsSync(inFolder('lock.json'))).toBe(false);
  for (const name of kept) expect(existsSync(inFolder(name))).toBe(true);
  const { encoder, embedded } = columnEncoder();
  expect(await find(contextIn(folder).context, { encoder, batchSize: 2 })).toEqual(whole);
  expect(embedded()).toBe(left);
  expect(summary().features).toMatchObject({ images: 30, columns: 4 });
  expect(existsSync(inFolder('parts'))).toBe(false);
  const { digest: _, ...figures } = summary();
  expect(figures).toEqual({
    ...JSON.parse(readFileSync(join(folder, 'whole/spps/pairs/mining.json'), 'utf8')),
    digest: undefined,
  });
});

test('before it began, a signal stops it', async () => {
  const { context } = contextIn(folder, { signal: AbortSignal.abort(new Error('no more')) });
  await expect(find(context)).rejects.toThrow('no more');
  expect(existsSync(context.folder)).toBe(false);
});

test.each(['features.safetensors', 'pairs.safetensors'])(
  'a damaged %s is made anew, and that is said',
  async (name) => {
    const mined = await find(contextIn(folder).context);
    const path = inFolder(name);
    const bytes = readFileSync(path);
    const damages: (() => void)[] = [
      () => truncateSync(path, bytes.length - 3),
      () => truncateSync(path, 5),
      () => writeFileSync(path, bytes.fill(7, bytes.length - 20, bytes.length - 10)),
    ];
    for (const damage of damages) {
      damage();
      if (name === 'features.safetensors') rmSync(inFolder('pairs.safetensors'));
      const { context, notices } = contextIn(folder);
      expect(await find(context)).toEqual(mined);
      expect(notices).toEqual([expect.stringMatching(new RegExp(`${name}.*: it is made anew`))]);
    }
  },
);

test('figures that are damaged, or not there, are written again, and pairs stay', async () => {
  await find(contextIn(folder).context);
  const before = summary();
  for (const damage of [
    () => truncateSync(inFolder('mining.json'), 9),
    () => rmSync(inFolder('pairs.jsonl')),
    () => rmSync(inFolder('mining.json')),
  ]) {
    damage();
    const { context, works } = contextIn(folder);
    await find(context);
    expect(summary()).toEqual(before);
    expect(works).not.toContain('mining 100 %');
    expect(existsSync(inFolder('pairs.jsonl'))).toBe(true);
  }
  rmSync(inFolder('mining.json'));
  rmSync(inFolder('features.safetensors'));
  await find(contextIn(folder).context);
  expect(summary()).toEqual({ ...before, features: null });
});

test("somebody's own files are not written over, nor among", async () => {
  mkdirSync(join(folder, 'spps/pairs'), { recursive: true });
  writeFileSync(inFolder('holiday.jpg'), 'sea');
  const { context } = contextIn(folder);
  await expect(find(context)).rejects.toThrow(
    'is no folder of pairs: it holds holiday.jpg. Give a new or an empty folder',
  );
  rmSync(inFolder('holiday.jpg'));
  await writeSafetensors(inFolder('features.safetensors'), {});
  await expect(find(context)).rejects.toThrow('features.safetensors does not say what it was made of');
  expect(Object.keys(contents(context.folder))).toEqual(['features.safetensors']);
  const file = inFolder('features.safetensors');
  await expect(find({ ...context, folder: file })).rejects.toThrow(`Cannot keep pairs in ${file}: it is a file`);
});

test('a folder that another process is at work in is refused', async () => {
  const { context } = contextIn(folder);
  const unlock = await lockRun(context.folder);
  await expect(find(context)).rejects.toThrow(/pairs is in use by process \d+ on /);
  // What that process is writing stays.
  writeFileSync(inFolder('features.safetensors.1-2.tmp'), 'half');
  await expect(find(context)).rejects.toThrow('is in use');
  expect(existsSync(inFolder('features.safetensors.1-2.tmp'))).toBe(true);
  await unlock();
  await find(context);
  expect(existsSync(inFolder('features.safetensors.1-2.tmp'))).toBe(false);
});

test('what cannot be written is said, and what was done is kept', async () => {
  mkdirSync(inFolder('features.safetensors'), { recursive: true });
  const { context } = contextIn(folder);
  await expect(find(context)).rejects.toThrow(/features\.safetensors/);
  rmSync(inFolder('features.safetensors'), { recursive: true });
  // A folder in the place of a file, while it is written.
  const blocked = contextIn(folder, {
    onProgress: (work, share) => {
      if (work === 'mining' && share === 1) mkdirSync(inFolder('pairs.safetensors'), { recursive: true });
    },
  });
  await expect(find(blocked.context)).rejects.toThrow(/Cannot write .*pairs\.safetensors/);
  rmSync(inFolder('pairs.safetensors'), { recursive: true });
  const { works, context: again } = contextIn(folder);
  await find(again);
  expect(works[0]).toBe('mining 0 %');
});

test('no pairs are an answer, and said', async () => {
  const { context, notices } = contextIn(folder);
  const mined = await find(context, { miner: semanticPairs({ lower: 1, upper: 1 }) });
  expect(mined.pairs).toHaveLength(0);
  expect(notices).toEqual([expect.stringMatching(/^semanticPairs found no pairs among 30 images/)]);
  expect(await find(context, { miner: semanticPairs({ lower: 1, upper: 1 }) })).toEqual(mined);
});

test.each<[Partial<MinedPairsOptions>, string]>([
  [{ share: 0 }, 'a share of 0 of the images'],
  [{ share: 1.1 }, 'a share of 1.1'],
  [{ share: Number.NaN }, 'a share of NaN'],
  [{ seed: -1 }, 'seed a random stream with -1'],
  [{ batchSize: 0 }, 'batches of 0 images'],
])('%j is refused', (options, message) => {
  expect(() => minedPairs({ encoder: pixelEncoder(), miner, ...options })).toThrow(RangeError);
  expect(() => minedPairs({ encoder: pixelEncoder(), miner, ...options })).toThrow(message);
});

test('a share of fewer than 2 images is refused', async () => {
  const { context } = contextIn(folder);
  await expect(find(context, { share: 0.04 })).rejects.toThrow(
    'Cannot mine pairs among 1 image, a share of 0.04 of 30: give a share with at least 2',
  );
});

test('what an encoder or a miner throws comes through, and the next may begin', async () => {
  const { context } = contextIn(folder);
  const broken = columnEncoder({ open: async () => Promise.reject(new Error('no such weights')) });
  await expect(find(context, { encoder: broken.encoder })).rejects.toThrow('no such weights');
  await expect(find(context, { miner: semanticPairs({ ...bounds, maxPairs: 3 }) })).rejects.toThrow('at most 3 pairs');
  const { works, context: again } = contextIn(folder);
  await find(again);
  expect(works).not.toContain('embedding 0 %');
});
