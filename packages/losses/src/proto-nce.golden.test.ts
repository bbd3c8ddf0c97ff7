import { type GoldenValue, goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import {
  add,
  dispose,
  grad,
  type Rank,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { infoNCE } from './info-nce.js';
import { type ProtoNCELevel, protoNCE } from './proto-nce.js';

const golden = loadGolden('protonce');
type Group = Record<string, GoldenValue>;
const list = (value: GoldenValue | undefined) => value as GoldenValue[];

function levelsOf(inputs: Group): ProtoNCELevel[] {
  const index = goldenTensor(inputs.index).data;
  return list(inputs.centroids).map((centroids, l) => {
    const clusters = goldenTensor(list(inputs.im2cluster)[l]).data;
    return {
      centroids: goldenToTensor<Rank.R2>(centroids),
      concentration: goldenToTensor<Rank.R1>(list(inputs.density)[l]),
      positives: tensor1d(
        index.map((i) => clusters[i]!),
        'int32',
      ),
      negatives: goldenToTensor<Rank.R1>(list(inputs.neg_proto_id)[l]),
    };
  });
}

describe('protoNCE gives the official numbers', () => {
  for (const [name, inputs] of Object.entries(golden.inputs)) {
    for (const mode of ['paper', 'reference'] as const) {
      it(`case ${name}, ${mode}`, () => {
        const expected = golden.expected[name]![mode] as Group;
        const tolerance = (path: string) => toleranceOf(golden, name, path);
        const q = goldenToTensor<Rank.R2>(inputs.q);
        const levels = levelsOf(inputs);
        levels.forEach((level, l) => {
          const loss = protoNCE(q, [level], { mode });
          expect(loss).toBeAllclose(list(expected.losses)[l] as number, tolerance(`${mode}.losses.${l}`));
          loss.dispose();
        });
        const of = (x: Tensor) => protoNCE(x as Tensor2D, levels, { mode });
        const loss = of(q);
        expect(loss).toBeAllclose(expected.loss_mean as number, tolerance(`${mode}.loss_mean`));
        const dq = grad(of)(q);
        expect(dq).toBeAllclose(goldenTensor(expected.grad_q), tolerance(`${mode}.grad_q`));
        dispose([q, loss, dq]);
        for (const level of levels) dispose(Object.values(level));
      });
    }

    it(`case ${name}, with InfoNCE`, () => {
      const temperature = golden.params[name]!.T as number;
      const expected = golden.expected[name]!;
      const tolerance = (path: string) => toleranceOf(golden, name, path);
      const q = goldenToTensor<Rank.R2>(inputs.q);
      const k = goldenToTensor<Rank.R2>(inputs.k);
      const queue = tidy(() => transpose(goldenToTensor<Rank.R2>(inputs.queue)));
      const levels = levelsOf(inputs);
      const instance = infoNCE(q, k, queue, { temperature });
      expect(instance).toBeAllclose(expected.infonce as number, tolerance('infonce'));
      const of = (x: Tensor) => {
        const prototypes = protoNCE(x as Tensor2D, levels, { mode: 'reference' });
        return add(infoNCE(x as Tensor2D, k, queue, { temperature }), prototypes);
      };
      const total = expected.total_reference as Group;
      const loss = tidy(() => of(q));
      expect(loss).toBeAllclose(total.loss as number, tolerance('total_reference.loss'));
      const dq = grad(of)(q);
      expect(dq).toBeAllclose(goldenTensor(total.grad_q), tolerance('total_reference.grad_q'));
      dispose([q, k, queue, instance, loss, dq]);
      for (const level of levels) dispose(Object.values(level));
    });
  }
});
