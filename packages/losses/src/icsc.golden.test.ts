import { type GoldenValue, goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import {
  add,
  dispose,
  grad,
  type Rank,
  type Tensor,
  type Tensor2D,
  tidy,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { icsc } from './icsc.js';
import { infoNCE } from './info-nce.js';
import type { MaskMode } from './options.js';

const golden = loadGolden('instance_selection');
type Group = Record<string, GoldenValue>;
const list = (value: GoldenValue | undefined) => value as GoldenValue[];

function inputsOf(name: string) {
  const own = golden.inputs[name]!;
  const inputs = { ...golden.inputs[own.use as string], ...own };
  const q = goldenToTensor<Rank.R2>(inputs.q);
  const k = goldenToTensor<Rank.R2>(inputs.k);
  const queue = tidy(() => transpose(goldenToTensor<Rank.R2>(inputs.queue)));
  const masks = list(inputs.masks).map((mask) => goldenToTensor<Rank.R2>(mask));
  const views = goldenToTensor(inputs.local_views);
  return { q, k, queue, masks, views, release: () => dispose([q, k, queue, ...masks, views]) };
}

function oneView(name: string, mode: MaskMode, expected: Group): void {
  const { q, k, queue, masks, release } = inputsOf(name);
  const temperature = golden.params[name]!.T as number;
  const tolerance = (path: string) => toleranceOf(golden, name, `${mode}.${path}`);
  masks.forEach((keep, l) => {
    const level = infoNCE(q, k, queue, { temperature, keep, mode });
    expect(level).toBeAllclose(list(expected.losses)[l] as number, tolerance(`losses.${l}`));
    if (expected.per_sample) {
      const rows = infoNCE(q, k, queue, { temperature, keep, mode, reduction: 'none' });
      expect(rows).toBeAllclose(goldenTensor(list(expected.per_sample)[l]), tolerance(`per_sample.${l}`));
      rows.dispose();
    }
    level.dispose();
  });
  const of = (x: Tensor) => icsc(x as Tensor2D, k, queue, masks, { temperature, mode });
  const total = of(q);
  expect(total).toBeAllclose(expected.loss_sum as number, tolerance('loss_sum'));
  const dq = grad(of)(q);
  expect(dq).toBeAllclose(goldenTensor(expected.grad_q), tolerance('grad_q'));
  dispose([total, dq]);
  release();
}

/** Local views share the masks; without selection they are contrasted with the whole queue once. */
function severalCrops(name: string, mode: MaskMode | 'unselected', expected: Group): void {
  const { k, queue, masks, views, release } = inputsOf(name);
  const temperature = golden.params[name]!.T as number;
  const tolerance = (path: string) => toleranceOf(golden, name, `${mode}.${path}`);
  const of = (view: Tensor2D, keep: Tensor2D[]): Tensor =>
    mode === 'unselected'
      ? infoNCE(view, k, queue, { temperature })
      : icsc(view, k, queue, keep, { temperature, mode });
  const crops = unstack(views) as Tensor2D[];
  const rounds = mode === 'unselected' ? [masks] : masks.map((mask) => [mask]);
  rounds.forEach((keep, l) => {
    crops.forEach((crop, v) => {
      const at = l * crops.length + v;
      const loss = of(crop, keep);
      expect(loss).toBeAllclose(list(expected.losses)[at] as number, tolerance(`losses.${at}`));
      loss.dispose();
    });
  });
  const sum = (x: Tensor) => (unstack(x) as Tensor2D[]).map((view) => of(view, masks)).reduce((a, b) => add(a, b));
  const total = tidy(() => sum(views));
  expect(total).toBeAllclose(expected.loss_sum as number, tolerance('loss_sum'));
  const dLocal = grad(sum)(views);
  expect(dLocal).toBeAllclose(goldenTensor(expected.grad_local), tolerance('grad_local'));
  dispose([...crops, total, dLocal]);
  release();
}

describe('icsc gives the official numbers', () => {
  for (const [name, groups] of Object.entries(golden.expected)) {
    for (const mode of ['paper', 'reference', 'unselected'] as const) {
      const expected = groups[mode] as Group | undefined;
      if (!expected) continue;
      it(`case ${name}, ${mode}`, () => {
        if (expected.grad_local) severalCrops(name, mode, expected);
        else oneView(name, mode as MaskMode, expected);
      });
    }
  }
});
