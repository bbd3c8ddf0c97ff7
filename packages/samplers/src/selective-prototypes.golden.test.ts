import { createRng } from '@hcsc/random';
import { type GoldenValue, goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { dispose, gather, type Rank, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { anchorLevels } from './anchor-levels.js';
import { selectivePrototypes } from './selective-prototypes.js';

const golden = loadGolden('prototype_selection');
type Group = Record<string, GoldenValue>;
const list = (value: GoldenValue | undefined) => value as GoldenValue[];

function hierarchyOf(inputs: Group) {
  const levels = list(inputs.centroids).map((centroids, l) => {
    const parents = list(inputs.cluster2cluster)[l];
    return {
      centroids: goldenToTensor<Rank.R2>(centroids),
      concentration: goldenToTensor<Rank.R1>(list(inputs.density)[l]),
      assignments: goldenToTensor<Rank.R1>(list(inputs.im2cluster)[l]),
      counts: tensor1d([], 'int32') as Tensor1D,
      parents: parents === undefined ? null : goldenToTensor<Rank.R1>(parents),
    };
  });
  const tensors = levels.flatMap((level) => Object.values(level).filter((tensor) => tensor !== null));
  return { levels, dispose: () => dispose(tensors) };
}

describe('selectivePrototypes gives the official probabilities', () => {
  for (const [name, expected] of Object.entries(golden.expected)) {
    if (!expected.p_select_full) continue;
    const temperature = golden.params[name]!.T as number;

    it(`case ${name}`, () => {
      const hierarchy = hierarchyOf(golden.inputs[name]!);
      const levels = anchorLevels(hierarchy, goldenTensor(golden.inputs[name]!.index).data);
      levels.forEach(({ positives }, l) => {
        expect(positives).toBeAllclose(goldenTensor(list(expected.positive_proto_id)[l]), 0);
      });
      const candidates = levels.map((level) => level.centroids);
      const sampler = selectivePrototypes({ temperature, min: 0, max: 1 });
      const p = sampler.probabilities({ candidates, levels, rng: createRng(0) });

      list(expected.p_select_full).forEach((matrix, l) => {
        expect(p[l]!).toBeAllclose(goldenTensor(matrix), toleranceOf(golden, name, `p_select_full.${l}`));
      });
      list(expected.p_select).forEach((matrix, l) => {
        const { shape } = goldenTensor(matrix);
        if (shape.includes(0)) return;
        const ids = goldenToTensor<Rank.R1>(list(expected.neg_proto_id)[l]);
        const columns = gather(p[l]!, ids, 1);
        expect(columns).toBeAllclose(goldenTensor(matrix), toleranceOf(golden, name, `p_select.${l}`));
        dispose([ids, columns]);
      });
      expect(Array.from(p.at(-1)!.dataSync()).every((value) => value === 1)).toBe(true);
      dispose([...p, ...levels.map((level) => level.positives)]);
      hierarchy.dispose();
    });
  }
});
