import { createRng } from '@hcsc/random';
import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusteredRows, slowCosine } from './mining.fixture.js';
import { similarityHistogram } from './similarity-histogram.js';

type Features = ReturnType<typeof clusteredRows>;

/** Counts all pairs of some images, one after the other. */
function slowCounts(features: Features, images: readonly number[], bins: number): number[] {
  const edges = Array.from({ length: bins + 1 }, (_, edge) => -1 + (2 * edge) / bins);
  const cosines = images.flatMap((i, at) => images.slice(at + 1).map((j) => slowCosine(features, i, j)));
  // Cosines next to an edge would be a matter of rounding.
  const near = cosines.filter((cosine) => cosine < 1 - 1e-6 && edges.some((edge) => Math.abs(cosine - edge) < 2e-6));
  expect(near).toEqual([]);
  return Array.from(
    { length: bins },
    (_, bin) =>
      cosines.filter((cosine) => {
        const inside = cosine >= edges[bin]! && cosine < edges[bin + 1]!;
        return bin === bins - 1 ? cosine >= edges[bin]! : inside;
      }).length,
  );
}

const first = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('similarityHistogram', () => {
  it.each([
    [8, 1024],
    [50, 7],
    [1, 60],
  ])('counts all pairs in %i bins, in blocks of %i', async (bins, blockSize) => {
    const features = clusteredRows(60);
    const before = memory().numTensors;
    const found = await similarityHistogram(features, { bins, blockSize });
    expect(memory().numTensors).toBe(before);
    expect(Array.from(found.counts)).toEqual(slowCounts(features, first(60), bins));
    expect(found.edges).toHaveLength(bins + 1);
    expect([found.edges[0], found.edges.at(-1)]).toEqual([-1, 1]);
    expect(found).toMatchObject({ images: 60, sampled: false });
  });

  it('compares a sample where there are more images', async () => {
    const features = clusteredRows(60);
    const drawn = Array.from(createRng(5).permutation(60).subarray(0, 20)).sort((a, b) => a - b);
    const found = await similarityHistogram(features, { bins: 16, images: 20, rng: createRng(5) });
    expect(Array.from(found.counts)).toEqual(slowCounts(features, drawn, 16));
    expect(found).toMatchObject({ images: 20, sampled: true });
    const other = await similarityHistogram(features, { bins: 16, images: 20 });
    const spread = first(20).map((at) => 3 * at);
    expect(Array.from(other.counts)).toEqual(slowCounts(features, spread, 16));
    const all = await similarityHistogram(features, { bins: 16, images: Infinity });
    expect(all).toEqual(await similarityHistogram(features, { bins: 16 }));
  });

  it('counts opposite and equal images in the outer bins, and goes by cosines where lengths are not quite 1', async () => {
    const values = Float32Array.of(1.009, 0, -0.991, 0, 1.009, 0, 0, 0.991);
    const { counts } = await similarityHistogram({ values, width: 2 }, { bins: 4 });
    expect(Array.from(counts)).toEqual([2, 0, 3, 1]);
  });

  it('leaves a tensor alone, tells its progress and can be stopped', async () => {
    const { values, width } = clusteredRows(40);
    const features = tensor2d(values, [40, width]);
    const before = memory().numTensors;
    const shares: number[] = [];
    const options = { blockSize: 8, onProgress: (share: number) => shares.push(share) };
    const found = await similarityHistogram(features, options);
    expect(found).toEqual(await similarityHistogram({ values, width }));
    expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = (share: number) => share > 0 && controller.abort(reason);
    const stopped = similarityHistogram(features, { blockSize: 8, signal: controller.signal, onProgress });
    await expect(stopped).rejects.toBe(reason);
    expect(memory().numTensors).toBe(before);
    features.dispose();
  });

  it.each([
    [{ bins: 0 }, 'bins as an integer of at least 1, got 0'],
    [{ bins: 2.5 }, 'bins as an integer of at least 1, got 2.5'],
    [{ images: 1 }, 'images as an integer of at least 2, got 1'],
    [{ images: Number.NaN }, 'images as an integer of at least 2, got NaN'],
    [{ blockSize: 0 }, 'blockSize as an integer of at least 1, got 0'],
  ])('refuses %j', async (options, needed) => {
    await expect(similarityHistogram(clusteredRows(9), options)).rejects.toThrow(
      new RangeError(`Cannot count similarities: needed ${needed}`),
    );
  });

  it('refuses rows that are not of length 1, and fewer than two', async () => {
    await expect(similarityHistogram({ values: Float32Array.of(2, 0, 0, 1), width: 2 })).rejects.toThrow(
      'Cannot count similarities: the length of a row of features must be 1 ± 0.01; L2-normalise the rows, got 2 at 0',
    );
    await expect(similarityHistogram({ values: Float32Array.of(1, 0), width: 2 })).rejects.toThrow(RangeError);
    await expect(similarityHistogram(undefined as never)).rejects.toThrow(TypeError);
  });
});
