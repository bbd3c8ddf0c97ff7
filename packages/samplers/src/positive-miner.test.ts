import type { Hierarchy } from '@hcsc/kmeans';
import { memory, type Rank, ready, tensor1d, tensor2d, tensor3d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusteredRows } from './mining.fixture.js';
import { nearestNeighbours } from './nearest-neighbours.js';
import type { MiningRequest, PositiveMiner } from './positive-miner.js';
import { samePrototype } from './same-prototype.js';
import { own } from './sampler-request.fixture.js';
import { semanticPairs } from './semantic-pairs.js';

const miners = [semanticPairs({ blockSize: 8 }), nearestNeighbours({ k: 2, blockSize: 8 }), samePrototype()];

/** A hierarchy of one level that puts every third image together. */
function hierarchyOf(n: number): Pick<Hierarchy, 'levels'> {
  const ids = Array.from({ length: n }, (_, i) => i % 3);
  const level = {
    centroids: own(zeros<Rank.R2>([3, 6])),
    concentration: own(tensor1d([1, 1, 1])),
    assignments: own(tensor1d(ids, 'int32')),
    counts: own(tensor1d([1, 1, 1], 'int32')),
    parents: null,
  };
  return { levels: [level] };
}

async function refusal(miner: PositiveMiner, request: Omit<MiningRequest, 'hierarchy'>, n = 40): Promise<unknown> {
  const hierarchy = hierarchyOf(n);
  await ready();
  const before = memory().numTensors;
  const reason = await miner.mine({ ...request, hierarchy }).then(
    () => 'mined',
    (error: unknown) => error,
  );
  expect(memory().numTensors).toBe(before);
  return reason;
}

describe.each(miners)('$name', (miner) => {
  const needed = `Cannot mine positives with ${miner.name}: `;

  it('leaves the features alone and nothing behind', async () => {
    const { values, width } = clusteredRows(40);
    const features = own(tensor2d(values, [40, width]));
    const copy = values.slice();
    const hierarchy = hierarchyOf(40);
    const before = memory().numTensors;
    const mined = await miner.mine({ features, hierarchy });
    expect(await miner.mine({ features: { values, width }, hierarchy })).toEqual(mined);
    expect(memory().numTensors).toBe(before);
    expect(values).toEqual(copy);
    expect(features.isDisposed).toBe(false);
    expect(mined.pairs).toHaveLength(2 * mined.similarities.length);
    expect(mined.images).toBe(40);
    expect(JSON.parse(JSON.stringify(miner.options))).toEqual(miner.options);
  });

  it('tells its progress, which rises from 0 to 1', async () => {
    const shares: number[] = [];
    const features = clusteredRows(40);
    await miner.mine({ features, hierarchy: hierarchyOf(40), onProgress: (share) => shares.push(share) });
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
  });

  it('can be stopped before it begins, and on the way', async () => {
    const features = clusteredRows(40);
    const reason = new Error('enough');
    expect(await refusal(miner, { features, signal: AbortSignal.abort(reason) })).toBe(reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    expect(await refusal(miner, { features, signal: controller.signal, onProgress })).toBe(reason);
    const broken = new Error('the bar broke');
    const fail = (share: number) => {
      if (share > 0) throw broken;
    };
    expect(await refusal(miner, { features, onProgress: fail })).toBe(broken);
  });

  it('refuses rows that are not of length 1, and says which', async () => {
    const { values, width } = clusteredRows(40);
    for (const [at, value, length] of [
      [4, Number.NaN, 'NaN'],
      [25, Number.POSITIVE_INFINITY, 'Infinity'],
    ] as const) {
      const broken = values.slice();
      broken[at] = value;
      expect(await refusal(miner, { features: { values: broken, width } })).toEqual(
        new RangeError(
          `${needed}the length of a row of features must be 1 ± 0.01; L2-normalise the rows, got ${length} at ` +
            `${Math.floor(at / 6)} (1 of 40)`,
        ),
      );
    }
    const double = values.map((value) => 2 * value);
    expect(String(await refusal(miner, { features: { values: double, width } }))).toMatch(/got 2\S* at 0 \(40 of 40\)/);
    const none = { values: new Float32Array(12), width };
    expect(String(await refusal(miner, { features: none }, 2))).toMatch(/got 0 at 0 \(2 of 2\)/);
  });

  it('refuses fewer than two images and what is no rows', async () => {
    const one = { values: Float32Array.of(1, 0), width: 2 };
    expect(await refusal(miner, { features: one }, 3)).toEqual(
      new RangeError(`${needed}needed features of at least 2 images, got 1`),
    );
    const empty = { values: new Float32Array(0), width: 2 };
    expect(await refusal(miner, { features: empty }, 3)).toEqual(
      new RangeError(`${needed}needed features of at least 2 images, got 0`),
    );
    const ragged = { values: new Float32Array(5), width: 2 };
    expect(await refusal(miner, { features: ragged }, 3)).toEqual(
      new RangeError(
        `${needed}needed features.values of whole rows of features.width columns, got 5 numbers and width 2`,
      ),
    );
    const wrong = [{ values: [1, 0], width: 2 }, undefined, own(tensor1d([1, 0])), own(tensor3d([1], [1, 1, 1]))];
    for (const features of [...wrong, own(tensor2d([[1, 0]], [1, 2], 'int32'))]) {
      expect(await refusal(miner, { features: features as never }, 3)).toBeInstanceOf(TypeError);
    }
  });
});
