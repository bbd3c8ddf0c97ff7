import { tensor1d, tidy, variable } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { clipGradients } from './clip-gradients.js';
import { type SgdOptions, sgd } from './sgd.js';

const plain: SgdOptions = { learningRate: 1, momentum: 0, weightDecay: 0 };

/** The clipped gradients: what one step of plain descent takes from zero parameters. */
function clipped(gradients: readonly (readonly number[])[], norm: number): number[][] {
  const variables = gradients.map((g) => tidy(() => variable(tensor1d(g.map(() => 0)))));
  const parameters = variables.map((p, i) => ({ name: `p${i}`, variable: p }));
  const optimizer = clipGradients(sgd(plain), { norm }).create(parameters);
  tidy(() =>
    optimizer.apply(
      gradients.map((g) => tensor1d([...g])),
      1,
    ),
  );
  const taken = variables.map((p) => Array.from(p.dataSync(), (x) => 0 - x));
  for (const each of [optimizer, ...variables]) each.dispose();
  return taken;
}

test('scales by the global norm, with the numbers of torch.nn.utils.clip_grad_norm_', () => {
  const [a, b] = clipped(
    [
      [3, -4, 0],
      [12, 1],
    ],
    2,
  );
  expect(a).toBeAllclose([0.4601789712905884, -0.6135719418525696, 0], 1e-6);
  expect(b).toBeAllclose([1.8407158851623535, 0.1533929854631424], 1e-6);
});

test('gradients within the norm, and zero gradients, stay as they are', () => {
  expect(clipped([[3, 4], [0]], 5.1)).toEqual([[3, 4], [0]]);
  expect(clipped([[0, 0]], 1)).toEqual([[0, 0]]);
});

test('has the name, rate, state and errors of the optimiser within', () => {
  const factory = clipGradients(sgd({ learningRate: 0.3 }), { norm: 4 });
  expect([factory.name, factory.learningRate]).toEqual(['sgd', 0.3]);
  expect(factory.options).toEqual({ ...sgd({ learningRate: 0.3 }).options, clipNorm: 4 });
  const p = tidy(() => variable(tensor1d([1, 2])));
  const optimizer = factory.create([{ name: 'p', variable: p }]);
  expect(Object.keys(optimizer.state())).toEqual(['p']);
  expect(() => optimizer.apply([], 1)).toThrow(/0 gradients to 1 parameters/);
  optimizer.dispose();
  p.dispose();
});

test('a norm that is not above 0 is refused', () => {
  for (const norm of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => clipGradients(sgd(plain), { norm })).toThrow(`Cannot clip gradients to a norm of ${norm}`);
  }
});
