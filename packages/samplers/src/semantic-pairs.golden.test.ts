import { goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { batchPositives } from './batch-positives.js';
import { partnerTable } from './partner-table.js';
import { semanticPairs } from './semantic-pairs.js';

const golden = loadGolden('spps');

/** Rows of length 1, row-major. */
function unitRows(data: readonly number[], width: number): Float32Array {
  const values = Float32Array.from(data);
  for (let at = 0; at < values.length; at += width) {
    const row = values.subarray(at, at + width);
    const length = Math.hypot(...row);
    row.forEach((value, d) => {
      row[d] = value / length;
    });
  }
  return values;
}

describe.each(Object.keys(golden.expected))('semantic pairs, case %s', (name) => {
  const { embeddings, batch } = golden.inputs[name]!;
  const expected = golden.expected[name]!;
  const { min_sim: lower, max_sim: upper } = golden.params[name]! as Record<string, number>;
  const { data, shape } = goldenTensor(embeddings);
  const width = shape[1]!;
  const features = { values: unitRows(data, width), width };
  const integers = (value: typeof embeddings) => Int32Array.from(goldenTensor(value).data);

  it.each([7, 1024])('are the golden ones, in their order, in blocks of %i', async (blockSize) => {
    const mined = await semanticPairs({ lower, upper, blockSize }).mine({ features });
    expect(mined.images).toBe(shape[0]);
    expect(mined.pairs).toEqual(integers(expected.pairs));
    expect(mined.duplicates).toEqual(integers(expected.duplicates));
    const similarities = goldenTensor(expected.pair_similarity).data;
    expect(mined.similarities).toBeAllclose(similarities, toleranceOf(golden, name, 'pair_similarity'));
    const tensor = tensor2d(features.values, [shape[0]!, width]);
    expect(await semanticPairs({ lower, upper, blockSize }).mine({ features: tensor })).toEqual(mined);
    tensor.dispose();
  });

  it('are the positives of a batch', async () => {
    const partners = partnerTable(await semanticPairs({ lower, upper }).mine({ features }));
    const mask = batchPositives(goldenTensor(batch).data, partners);
    const { shape, data } = goldenTensor(expected.pos_mask);
    expect(mask.shape).toEqual(shape);
    expect(Array.from(mask.dataSync())).toEqual(data);
    mask.dispose();
    partners.dispose();
  });
});
