import { createRng } from '@hcsc/random';
import { type GoldenValue, goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { dispose, mean, type Rank, type Tensor2D, tensor1d, tidy, transpose } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { anchorLevels } from './anchor-levels.js';
import type { AnchorLevel } from './negative-sampler.js';
import { selectiveInstances } from './selective-instances.js';

const golden = loadGolden('instance_selection');
type Group = Record<string, GoldenValue>;
const list = (value: GoldenValue | undefined) => value as GoldenValue[];

/** The levels of a case; a density of its own replaces the first levels'. */
function levelsOf(inputs: Group): AnchorLevel[] {
  const hierarchy = {
    levels: list(inputs.centroids).map((centroids, l) => ({
      centroids: goldenToTensor<Rank.R2>(centroids),
      concentration: goldenToTensor<Rank.R1>(inputs[`density_level${l}`] ?? list(inputs.density)[l]),
      assignments: goldenToTensor<Rank.R1>(list(inputs.im2cluster)[l]),
      counts: tensor1d([], 'int32'),
      parents: null,
    })),
  };
  const levels = anchorLevels(hierarchy, goldenTensor(inputs.index).data);
  for (const { assignments, counts } of hierarchy.levels) dispose([assignments, counts]);
  return levels;
}

function probabilities(inputs: Group, options: { floor?: number; max?: number }): Tensor2D[] {
  const levels = levelsOf(inputs);
  const queue = tidy(() => transpose(goldenToTensor<Rank.R2>(inputs.queue)));
  const candidates = levels.map(() => queue);
  const p = selectiveInstances(options).probabilities({ candidates, levels, rng: createRng(0) });
  dispose(queue);
  for (const { centroids, concentration, positives } of levels) dispose([centroids, concentration, positives]);
  return p;
}

describe('selectiveInstances gives the official probabilities', () => {
  for (const [name, expected] of Object.entries(golden.expected)) {
    const own = golden.inputs[name]!;
    const inputs = { ...golden.inputs[own.use as string], ...own };
    const floor = golden.params[name]!.phi_floor as number | undefined;

    for (const key of Object.keys(expected).filter((known) => known.startsWith('p_select'))) {
      const level = key.startsWith('p_select_level') ? Number(key.slice('p_select_level'.length)) : undefined;
      it(`case ${name}, ${key}`, () => {
        const p = probabilities(inputs, { floor, max: 1 });
        if (level !== undefined) {
          expect(p[level]!).toBeAllclose(goldenTensor(expected[key]), toleranceOf(golden, name, key));
        } else {
          list(expected[key]).forEach((matrix, l) => {
            expect(p[l]!).toBeAllclose(goldenTensor(matrix), toleranceOf(golden, name, `${key}.${l}`));
          });
        }
        dispose(p);
      });
    }

    if (expected.p_clamped_mean) {
      it(`case ${name}, the largest probability`, () => {
        const p = probabilities(inputs, { floor });
        p.forEach((matrix, l) => {
          const value = mean(matrix);
          const clamped = list(expected.p_clamped_mean)[l] as number;
          expect(value).toBeAllclose(clamped, toleranceOf(golden, name, `p_clamped_mean.${l}`));
          value.dispose();
        });
        dispose(p);
      });
    }
  }
});
