import { type GoldenValue, goldenTensor, goldenToTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import {
  add,
  addN,
  dispose,
  div,
  grads,
  mul,
  type Rank,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Contexts, crossContext } from './cross-context.js';
import { infoNCE } from './info-nce.js';
import { nextCenter } from './next-center.js';
import { relationalCrossEntropy } from './relational-cross-entropy.js';

const golden = loadGolden('cgh');
type Group = Record<string, GoldenValue>;

const both = (inputs: Group, prefix: string): Contexts<Tensor2D> => ({
  global: goldenToTensor<Rank.R2>(inputs[`${prefix}_g`]),
  hypercolumn: goldenToTensor<Rank.R2>(inputs[`${prefix}_h`]),
});

function inputsOf(name: string) {
  const inputs = { ...golden.inputs[golden.inputs[name]!.use as string], ...golden.inputs[name]! };
  const map = (of: Contexts<Tensor2D>, change: (x: Tensor2D) => Tensor) =>
    tidy(() => ({ global: change(of.global), hypercolumn: change(of.hypercolumn) })) as Contexts<Tensor2D>;
  const [columns, flat] = [both(inputs, 'queue'), both(inputs, 'center')];
  const queue = map(columns, (x) => transpose(x));
  const centers = map(flat, (x) => reshape(x, [-1])) as unknown as Contexts<Tensor1D>;
  dispose([columns, flat] as never);
  return { q: both(inputs, 'q'), k: both(inputs, 'k'), queue, centers, locals: goldenToTensor(inputs.local_views) };
}

const cases = Object.keys(golden.inputs).filter((name) => golden.inputs[name]!.use !== undefined);

describe('the losses of CGH give the official numbers', () => {
  for (const name of cases) {
    it.each([undefined, 1, 7])(`case ${name}, blockSize %s`, (size) => {
      const expected = golden.expected[name]!;
      const weights = expected.weights as Record<string, number>;
      const params = golden.params[name]!;
      const t = params.temps as Record<string, number>;
      const [temperature, centred, multi] = [params.T as number, params.norm_center === true, params.multi === true];
      const { q, k, queue, centers, locals } = inputsOf(name);
      const blockSize = size === undefined ? {} : { blockSize: size };
      const [toHyper, toGlobal] = [
        { studentTemperature: t.student_hyper!, teacherTemperature: t.teacher_global!, ...blockSize },
        { studentTemperature: t.student_global!, teacherTemperature: t.teacher_hyper!, ...blockSize },
      ];
      const hyper = (x: Tensor2D) =>
        relationalCrossEntropy(x, k.global, queue.hypercolumn, {
          ...toHyper,
          teacherQueue: queue.global,
          ...(centred && { center: centers.global }),
        });
      const global = (x: Tensor2D) =>
        relationalCrossEntropy(x, k.hypercolumn, queue.global, {
          ...toGlobal,
          teacherQueue: queue.hypercolumn,
          ...(centred && { center: centers.hypercolumn }),
        });
      const parts = (g: Tensor2D, h: Tensor2D, views: Tensor) => {
        const crops = multi ? (unstack(views) as Tensor2D[]) : [];
        const csist = div(addN([g, ...crops].map(global)), 1 + crops.length);
        const cl = add(
          infoNCE(g, k.global, queue.global, { temperature, ...blockSize }),
          infoNCE(h, k.hypercolumn, queue.hypercolumn, { temperature, ...blockSize }),
        );
        return { cl, cl_hyper: hyper(h), csist } as Record<string, Tensor>;
      };
      const total = (g: Tensor, h: Tensor, views: Tensor) => {
        const values = parts(g as Tensor2D, h as Tensor2D, views);
        return addN(Object.entries(weights).map(([part, weight]) => mul(values[part]!, weight)));
      };
      const given = [q.global, q.hypercolumn, locals] as const;
      const found: Record<string, Tensor> = tidy(() => parts(q.global, q.hypercolumn, locals));
      if (weights.cl === 0) found.cl = tidy(() => mul(found.cl!, 0));
      found.loss = tidy(() => total(...given));
      const wanted = multi ? given : given.slice(0, 2);
      const slopes = grads((g, h, views) => total(g!, h!, views ?? locals))([...wanted]);
      [found.grad_q_g, found.grad_q_h, found.grad_local] = slopes as [Tensor, Tensor, Tensor];
      if (centred) {
        const mode = 'reference';
        found.center_g_after = nextCenter(centers.global, k.global, queue.global, { mode });
        found.center_h_after = nextCenter(centers.hypercolumn, k.hypercolumn, queue.hypercolumn, { mode });
        found.center_g_after_mean = nextCenter(centers.global, k.global, queue.global);
      }
      for (const [path, value] of Object.entries(expected)) {
        if (path === 'weights' || path.startsWith('queue') || path.startsWith('ptr')) continue;
        const number = typeof value === 'number' ? value : goldenTensor(value);
        const flat = typeof number === 'number' || !path.startsWith('center') ? number : number.data;
        expect(found[path]!, path).toBeAllclose(flat, toleranceOf(golden, name, path));
      }
      if (weights.cl === 0 && !multi) {
        const temperatures = {
          global: { student: t.student_global!, teacher: t.teacher_hyper! },
          hypercolumn: { student: t.student_hyper!, teacher: t.teacher_global! },
        };
        const options = { ...blockSize, ...(centred && { centers }), temperatures };
        const whole = (g: Tensor, h: Tensor) =>
          crossContext({ global: g as Tensor2D, hypercolumn: h as Tensor2D }, k, queue, options);
        const loss = whole(q.global, q.hypercolumn);
        expect(loss).toBeAllclose(expected.loss as number, toleranceOf(golden, name, 'loss'));
        const [dg, dh] = grads((g, h) => whole(g!, h!))([q.global, q.hypercolumn]);
        expect(dg!).toBeAllclose(goldenTensor(expected.grad_q_g), toleranceOf(golden, name, 'grad_q_g'));
        expect(dh!).toBeAllclose(goldenTensor(expected.grad_q_h), toleranceOf(golden, name, 'grad_q_h'));
        dispose([loss, dg!, dh!]);
      }
      dispose(Object.values(found).filter(Boolean));
      for (const pair of [q, k, queue, centers]) dispose([pair.global, pair.hypercolumn]);
      dispose(locals);
    });
  }
});
