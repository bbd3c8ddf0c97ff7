import { dispose, memory, type Tensor, type Tensor4D, tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { gradients, infer, nudge, objective, run, valuesOf, weightsOf } from './backbone-in-use.js';
import type { BackboneSuite } from './backbone-suite.js';
import { download } from './download.js';
import { replayed } from './replayed.js';
import { wrongSlopes } from './wrong-slopes.js';

/** Gradients are compared with differences at so many weights at most. */
const SAMPLED = 12;
/** At so many points: next to a corner of a ReLU they differ. */
const POINTS = 4;

/** Where gradients go, and whether they are. */
export function gradientCases({ check, drawsInTraining }: BackboneSuite): void {
  check('lets gradients reach every weight that trains, and nothing else', (model, images, rng) => {
    nudge(model, rng);
    const { trainable } = weightsOf(model);
    const slopes = gradients(model, images, rng, false);
    for (const { name, gradient } of slopes) {
      expect(gradient.every(Number.isFinite), `finite gradient of ${name}`).toBe(true);
      expect(gradient.some((slope) => slope !== 0)).toBe(true);
    }
    // Without a list tfjs takes every variable that trains: also one that is hidden in a layer.
    const reached = tidy(() => {
      if (trainable.length === 0) return [];
      const { grads } = variableGrads(() => objective(infer(model, images), rng.fork('projection')));
      return Object.keys(grads).filter((name) => grads[name] !== null);
    });
    expect(reached.sort()).toEqual(trainable.map((weight) => weight.name).sort());
  });

  for (const training of drawsInTraining ? [false] : [false, true]) {
    check(`has the gradient that finite differences give in ${training ? 'training' : 'inference'}`, (...given) => {
      const [model, images, rng] = given;
      const value = () => download(tidy(() => objective(run(model, images, training), rng.fork('projection'))))[0]!;
      const sampled = (_: unknown, i: number) => i % Math.ceil(model.trainableWeights.length / SAMPLED) === 0;
      let wrong: Readonly<Record<string, string>> | null = null;
      for (let point = 0; point < POINTS; point++) {
        nudge(model, rng);
        const claims = gradients(model, images, rng, training).filter(sampled);
        const again = claims.filter(({ name }) => wrong === null || name in wrong);
        wrong = wrongSlopes(again, value, rng);
        if (Object.keys(wrong).length === 0) break;
      }
      expect(wrong).toEqual({});
    });
  }

  check('trains the same when it is compiled, and looks at no value', (model, images, rng) => {
    const weights = model.getWeights().map((weight) => tensor(weight.dataSync(), weight.shape, weight.dtype));
    const variables = weightsOf(model).trainable;
    const step = (images: Tensor4D): Tensor[] =>
      tidy(() => {
        const outputs = drawsInTraining ? infer(model, images) : run(model, images, true);
        if (variables.length === 0) return outputs;
        const f = () => objective(run(model, images, !drawsInTraining), rng.fork('projection'));
        const { grads } = variableGrads(f, variables);
        return [...outputs, ...variables.map(({ name }) => grads[name]!)];
      });
    const compiled = replayed(step);
    const [plain, traced] = [step, compiled].map((run) => {
      model.setWeights(weights);
      const before = memory().numTensors;
      const numbers = [0, 1].map(() => run(images).flatMap(download));
      expect(memory().numTensors).toBe(before);
      return [numbers, valuesOf(model)];
    });
    dispose(weights);
    expect(traced).toEqual(plain);
  });
}
