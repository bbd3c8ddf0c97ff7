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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { icsc } from './icsc.js';
import { infoNCE } from './info-nce.js';
import type { MaskMode } from './options.js';

const golden = loadGolden('instance_selection');
type Group = Record<string, GoldenValue>;
const list = (value: GoldenValue | undefined) => value as GoldenValue[];
const temperatureOf = (name: string) => golden.params[name]!.T as number;

describe('icsc gives the official numbers', () => {
  const shared = golden.inputs.shared!;
  let q: Tensor2D;
  let k: Tensor2D;
  let queue: Tensor2D;
  let masks: Tensor2D[];
  let views: Tensor;

  beforeAll(() => {
    q = goldenToTensor<Rank.R2>(shared.q);
    k = goldenToTensor<Rank.R2>(shared.k);
    queue = tidy(() => transpose(goldenToTensor<Rank.R2>(shared.queue)));
    masks = list(shared.masks).map((mask) => goldenToTensor<Rank.R2>(mask));
    views = goldenToTensor(shared.local_views);
  });
  afterAll(() => dispose([q, k, queue, ...masks, views]));

  for (const mode of ['paper', 'reference'] as const) {
    it(`one view, ${mode}`, () => {
      const temperature = temperatureOf('main');
      const expected = golden.expected.main![mode] as Group;
      const tolerance = (path: string) => toleranceOf(golden, 'main', `${mode}.${path}`);
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
    });
  }

  const localLoss = (mode: MaskMode | 'unselected', keep: Tensor2D[]) => {
    const temperature = temperatureOf('multi_crop');
    return (view: Tensor2D) =>
      mode === 'unselected'
        ? infoNCE(view, k, queue, { temperature })
        : icsc(view, k, queue, keep, { temperature, mode });
  };

  for (const mode of ['paper', 'reference', 'unselected'] as const) {
    it(`several crops, ${mode}`, () => {
      const expected = golden.expected.multi_crop![mode] as Group;
      const tolerance = (path: string) => toleranceOf(golden, 'multi_crop', `${mode}.${path}`);
      const crops = unstack(views) as Tensor2D[];
      const rounds = mode === 'unselected' ? [masks] : masks.map((mask) => [mask]);
      rounds.forEach((keep, l) => {
        crops.forEach((crop, v) => {
          const at = l * crops.length + v;
          const loss = localLoss(mode, keep)(crop);
          expect(loss).toBeAllclose(list(expected.losses)[at] as number, tolerance(`losses.${at}`));
          loss.dispose();
        });
      });
      const sum = (x: Tensor) =>
        (unstack(x) as Tensor2D[]).map((view): Tensor => localLoss(mode, masks)(view)).reduce((a, b) => add(a, b));
      const total = tidy(() => sum(views));
      expect(total).toBeAllclose(expected.loss_sum as number, tolerance('loss_sum'));
      const dLocal = grad(sum)(views);
      expect(dLocal).toBeAllclose(goldenTensor(expected.grad_local), tolerance('grad_local'));
      dispose([...crops, total, dLocal]);
    });
  }
});
