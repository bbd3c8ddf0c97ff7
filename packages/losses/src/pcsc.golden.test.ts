import { type GoldenValue, goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import {
  add,
  dispose,
  grad,
  grads,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { icsc } from './icsc.js';
import { infoNCE } from './info-nce.js';
import type { MaskMode } from './options.js';
import { type PrototypeLevel, pcsc } from './pcsc.js';

const golden = loadGolden('prototype_selection');
type Group = Record<string, GoldenValue>;
const list = (value: GoldenValue | undefined) => value as GoldenValue[];
const modes = ['paper', 'reference'] as const;

function inputsOf(name: string): Group {
  const inputs = golden.inputs[name]!;
  return { ...(inputs.use ? golden.inputs[inputs.use as string] : {}), ...inputs };
}

/** The levels of a case with the masks of its lower levels; `used` is the official code's largest id. */
function levelsOf(inputs: Group, masks: GoldenValue[]): PrototypeLevel[] {
  const index = goldenTensor(inputs.index).data;
  return list(inputs.centroids).map((centroids, l) => {
    const clusters = goldenTensor(list(inputs.im2cluster)[l]).data;
    return {
      centroids: goldenToTensor<Rank.R2>(centroids),
      concentration: goldenToTensor<Rank.R1>(list(inputs.density)[l]),
      positives: tensor1d(
        index.map((i) => clusters[i]!),
        'int32',
      ) as Tensor1D,
      keep: masks[l] === undefined ? undefined : goldenToTensor<Rank.R2>(masks[l]),
      used: Math.max(...clusters),
    };
  });
}

function disposeLevels(levels: PrototypeLevel[]): void {
  for (const { centroids, concentration, positives, keep } of levels) {
    dispose([centroids, concentration, positives, keep!]);
  }
}

function oneView(name: string, mode: MaskMode, expected: Group): void {
  const inputs = inputsOf(name);
  const tolerance = (path: string) => toleranceOf(golden, name, `${mode}.${path}`);
  const q = goldenToTensor<Rank.R2>(inputs.q);
  const levels = levelsOf(inputs, list(inputs.masks_proto));
  levels.forEach((level, l) => {
    const loss = pcsc(q, [level], { mode });
    expect(loss).toBeAllclose(list(expected.losses)[l] as number, tolerance(`losses.${l}`));
    if (expected.per_sample) {
      const rows = pcsc(q, [level], { mode, reduction: 'none' });
      expect(rows).toBeAllclose(goldenTensor(list(expected.per_sample)[l]), tolerance(`per_sample.${l}`));
      rows.dispose();
    }
    loss.dispose();
  });
  const of = (x: Tensor) => pcsc(x as Tensor2D, levels, { mode });
  const loss = of(q);
  expect(loss).toBeAllclose(expected.loss_mean as number, tolerance('loss_mean'));
  const dq = grad(of)(q);
  expect(dq).toBeAllclose(goldenTensor(expected.grad_q), tolerance('grad_q'));
  dispose([q, loss, dq]);
  disposeLevels(levels);
}

function severalCrops(name: string, mode: MaskMode, expected: Group): void {
  const inputs = inputsOf(name);
  const tolerance = (path: string) => toleranceOf(golden, name, `${mode}.${path}`);
  const views = goldenToTensor(inputs.local_views);
  const levelsPerView = list(inputs.masks_proto_local).map((masks) => levelsOf(inputs, list(masks)));
  const crops = unstack(views) as Tensor2D[];
  crops.forEach((crop, v) => {
    const losses = levelsPerView[v]!.map((level) => pcsc(crop, [level], { mode }));
    const values = losses.map((loss) => loss.dataSync()[0]!);
    expect(values).toBeAllclose(goldenTensor(list(expected.losses)[v]), tolerance(`losses.${v}`));
    dispose(losses);
  });
  const of = localPrototypes(levelsPerView, mode);
  const loss = tidy(() => of(views));
  expect(loss).toBeAllclose(expected.loss as number, tolerance('loss'));
  const dLocal = grad(of)(views);
  expect(dLocal).toBeAllclose(goldenTensor(expected.grad_local), tolerance('grad_local'));
  dispose([views, ...crops, loss, dLocal]);
  levelsPerView.forEach(disposeLevels);
}

/** Prototype losses summed over local views, each with its own masks. */
const localPrototypes = (levelsPerView: PrototypeLevel[][], mode: MaskMode) => (views: Tensor) =>
  sum((unstack(views) as Tensor2D[]).map((view, v) => pcsc(view, levelsPerView[v]!, { mode })));

const sum = (losses: Tensor[]) => losses.reduce((a, b) => add(a, b));

describe('pcsc gives the official numbers', () => {
  for (const [name, groups] of Object.entries(golden.expected)) {
    for (const mode of modes) {
      const expected = groups[mode] as Group | undefined;
      if (!expected) continue;
      it(`case ${name}, ${mode}`, () => {
        if (expected.grad_local) severalCrops(name, mode, expected);
        else oneView(name, mode, expected);
      });
    }
  }
});

describe('the whole loss of HCSC, composed of icsc and pcsc', () => {
  for (const [name, expectations] of Object.entries(golden.expected)) {
    for (const [group, expected] of Object.entries(expectations as Record<string, Group>)) {
      const mode = modes.find((known) => group === `total_${known}`);
      if (!mode) continue;

      it(`${name}, ${group}`, () => {
        const inputs = inputsOf(name);
        const temperature = golden.params[name]!.T as number;
        const tolerance = (path: string) => toleranceOf(golden, name, `${group}.${path}`);
        const q = goldenToTensor<Rank.R2>(inputs.q);
        const k = goldenToTensor<Rank.R2>(inputs.k);
        const queue = tidy(() => transpose(goldenToTensor<Rank.R2>(inputs.queue)));
        const masks = list(inputs.masks_instance).map((mask) => goldenToTensor<Rank.R2>(mask));
        const levels = levelsOf(inputs, list(inputs.masks_proto));
        const globalLoss = (x: Tensor) => {
          const instance = icsc(x as Tensor2D, k, queue, masks, { temperature, mode });
          return add(instance, pcsc(x as Tensor2D, levels, { mode }));
        };

        if (!expected.grad_local) {
          const loss = tidy(() => globalLoss(q));
          expect(loss).toBeAllclose(expected.loss as number, tolerance('loss'));
          const dq = grad(globalLoss)(q);
          expect(dq).toBeAllclose(goldenTensor(expected.grad_q), tolerance('grad_q'));
          dispose([loss, dq]);
        } else {
          const views = goldenToTensor(inputs.local_views);
          const selectionOnLocal = golden.params[name]!.selection_on_local !== false;
          const levelsPerView = list(inputs.masks_proto_local).map((local) => levelsOf(inputs, list(local)));
          const localInstances = (x: Tensor) =>
            sum(
              (unstack(x) as Tensor2D[]).map((view) =>
                selectionOnLocal
                  ? icsc(view, k, queue, masks, { temperature, mode })
                  : infoNCE(view, k, queue, { temperature }),
              ),
            );
          const whole = (x: Tensor, local: Tensor) =>
            sum([globalLoss(x), localInstances(local), localPrototypes(levelsPerView, mode)(local)]);
          const loss = tidy(() => whole(q, views));
          expect(loss).toBeAllclose(expected.loss as number, tolerance('loss'));
          const [dq, dLocal] = grads(whole)([q, views]);
          expect(dq!).toBeAllclose(goldenTensor(expected.grad_q), tolerance('grad_q'));
          expect(dLocal!).toBeAllclose(goldenTensor(expected.grad_local), tolerance('grad_local'));
          dispose([views, loss, dq!, dLocal!]);
          levelsPerView.forEach(disposeLevels);
        }
        dispose([q, k, queue, ...masks]);
        disposeLevels(levels);
      });
    }
  }
});
