import { createRng, restoreRng } from '@hcsc/random';
import { type Scalar, Tensor, tensor, variableGrads } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Course } from './method-course.js';
import type { MethodSuite } from './method-suite.js';
import type { MethodUnderTest } from './method-under-test.js';
import { tidied } from './tidied.js';
import { type ClaimedGradient, wrongSlopes } from './wrong-slopes.js';

/** Gradients are compared with differences for so many parameters at most. */
const SAMPLED = 10;

/** Where the gradient of a method goes, and whether it is one. */
export function gradientCases({ check, options: { stopsGradients = false } }: MethodSuite): void {
  check('lets gradients reach every parameter, and nothing else', async (course, make) => {
    const method = make();
    await course.train(method);
    atStep(course, method, course.last, (loss) => {
      // Without a list tfjs takes every variable that trains: also one that should not.
      const { grads } = variableGrads(() => loss());
      const reached = Object.keys(grads).filter((name) => grads[name] != null);
      expect(reached.sort()).toEqual(method.parameters.map(({ variable }) => variable.name).sort());
      const slopes = reached.flatMap((name) => Array.from(grads[name]!.dataSync()));
      expect(slopes.every(Number.isFinite)).toBe(true);
      expect(slopes.some((slope) => slope !== 0)).toBe(true);
    });
  });

  check('lets no gradient through its targets', async (course, make) => {
    const method = make();
    await course.train(method);
    atStep(course, method, course.last, (loss, targets) => {
      const given = claimsOf(method, () => loss(targets));
      const expected = claimsOf(method, () => loss(constantsOf(targets) as object));
      expect(given.map(({ gradient }) => gradient)).toEqual(expected.map(({ gradient }) => gradient));
    });
  });

  if (stopsGradients) return;
  check('has the gradient that finite differences give', async (course, make) => {
    const method = make();
    let wrong: Readonly<Record<string, string>> | null = null;
    // Next to a corner of a ReLU the two differ: there is another point after the next step.
    for (
      let step = 0;
      step < course.steps && (step < course.last || Object.keys(wrong ?? { none: '' }).length > 0);
      step++
    ) {
      await course.train(method, { from: step, to: step + 1 });
      if (step < course.last) continue;
      atStep(course, method, course.last, (loss) => {
        const every = Math.ceil(method.parameters.length / SAMPLED);
        const claims = claimsOf(method, () => loss()).filter((_, i) => i % every === 0);
        const again = claims.filter(({ name }) => wrong === null || name in wrong);
        wrong = wrongSlopes(again, () => tidied(() => loss().dataSync()[0]!), createRng(1));
      });
      if (Object.keys(wrong!).length === 0) break;
    }
    expect(wrong).toEqual({});
  });
}

/** The loss of a step for its targets, or others, as a function that draws the same at each call. */
function atStep(
  course: Course<unknown>,
  method: MethodUnderTest,
  step: number,
  use: (loss: (targets?: object) => Scalar, targets: object) => void,
): void {
  tidied(() =>
    course.batch(step, method.views, (views, batch) => {
      const targets = method.targets(views, batch);
      const state = batch.rng.state();
      use((given = targets) => method.loss(views, given, { ...batch, rng: restoreRng(state) }).total, targets);
    }),
  );
}

function claimsOf(method: MethodUnderTest, loss: () => Scalar): ClaimedGradient[] {
  return tidied(() => {
    const { grads } = variableGrads(
      loss,
      method.parameters.map(({ variable }) => variable),
    );
    return method.parameters.map(({ name, variable }) => ({
      ...{ name, variable },
      gradient: Array.from(grads[variable.name]!.dataSync()),
    }));
  });
}

/** The same records and lists, with copies in place of tensors. */
function constantsOf(targets: unknown): unknown {
  if (targets instanceof Tensor) return tensor(targets.dataSync(), targets.shape, targets.dtype);
  if (Array.isArray(targets)) return targets.map(constantsOf);
  if (targets === null || typeof targets !== 'object') return targets;
  return Object.fromEntries(Object.entries(targets).map(([key, value]) => [key, constantsOf(value)]));
}
