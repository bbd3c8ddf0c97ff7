import { type GoldenValue, goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import {
  dispose,
  div,
  grads,
  type NamedTensorMap,
  norm,
  type Rank,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ntXent } from './nt-xent.js';
import type { Averaging } from './over-positives.js';

const golden = loadGolden('ntxent');
type Group = Record<string, GoldenValue>;
const AVERAGING: Record<string, Averaging> = { L_out: 'out', L_in: 'in', L_sum: 'sum' };

const normalised = (z: Tensor) => div(z, norm(z, 2, 1, true)) as Tensor2D;

/** Pairs of images of the same group. */
function pairsOf(groups: readonly number[]): [number, number][] {
  return groups.flatMap((group, i) =>
    groups.flatMap((other, j): [number, number][] => (j > i && other === group ? [[i, j]] : [])),
  );
}

describe('ntXent gives the official numbers', () => {
  for (const [name, inputs] of Object.entries(golden.inputs)) {
    const temperature = golden.params[name]!.T as number;
    const groups = inputs.groups && goldenTensor(inputs.groups).data;
    const pairs = (golden.params[name]!.extra_pairs ?? (groups && pairsOf(groups))) as [number, number][] | undefined;
    const modes = inputs.pos_mask ? Object.keys(golden.expected[name]!) : [groups ? 'L_sum' : 'L_out'];

    for (const mode of modes) {
      it.each([undefined, 1, 5])(`case ${name}, ${mode}, blockSize %s`, (blockSize) => {
        const nested = inputs.pos_mask !== undefined;
        const expected = (nested ? golden.expected[name]![mode] : golden.expected[name]) as Group;
        const tolerance = (path: string) => toleranceOf(golden, name, nested ? `${mode}.${path}` : path);
        const z = [inputs.z1, inputs.z2].map((value) => goldenToTensor<Rank.R2>(value));
        const mask = inputs.pos_mask ? goldenToTensor<Rank.R2>(inputs.pos_mask) : undefined;
        const u = z.map((rows) => tidy(() => normalised(rows)));
        for (const positives of mask ? [mask, pairs] : [pairs]) {
          const of = (a: Tensor, b: Tensor, reduction: 'mean' | 'none' = 'mean') =>
            ntXent(a as Tensor2D, b as Tensor2D, {
              temperature,
              reduction,
              averaging: AVERAGING[mode]!,
              ...(positives && { positives }),
              ...(blockSize && { blockSize }),
            });
          const found: NamedTensorMap = { [expected.loss === undefined ? mode : 'loss']: of(u[0]!, u[1]!) };
          if (expected.loss_lightly !== undefined) found.loss_lightly = of(u[0]!, u[1]!);
          if (expected.per_anchor) found.per_anchor = of(u[0]!, u[1]!, 'none');
          [found.grad_z1, found.grad_z2] = grads((a, b) => of(normalised(a!), normalised(b!)))(z) as [Tensor, Tensor];
          [found.grad_u1, found.grad_u2] = grads((a, b) => of(a!, b!))(u) as [Tensor, Tensor];
          for (const [path, value] of Object.entries(expected)) {
            const wanted = typeof value === 'number' ? value : goldenTensor(value);
            expect(found[path]!).toBeAllclose(wanted, tolerance(path));
          }
          dispose(found);
        }
        dispose([...z, ...u]);
        mask?.dispose();
      });
    }
  }
});
