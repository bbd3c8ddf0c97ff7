import { createRng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import { dispose, memory, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { noise } from '../transforms/images.fixture.js';
import { presets } from './presets.fixture.js';

test.each(presets)('%s, compiled, gives what it gives eagerly', (_, plan) => {
  const before = memory().numTensors;
  const images = noise([6, 24, 20, 3]);
  const [plain, traced] = [createRng(3), createRng(3)];
  const compiled = compile((batch: Tensor4D) => [...plan.apply(batch, traced)]);
  for (let step = 0; step < 3; step++) {
    const made = compiled(images);
    const expected = plan.apply(images, plain) as Tensor4D[];
    expected.forEach((view, i) => {
      expect(made[i]!).toBeAllclose(view, 1e-5);
    });
    dispose([made, expected]);
  }
  expect(compiled.traces).toBe(1);
  compiled.dispose();
  images.dispose();
  expect(memory().numTensors).toBe(before);
});
