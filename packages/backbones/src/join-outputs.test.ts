import { createRng } from '@hcsc/random';
import { memory, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { joinOutputs } from './join-outputs.js';
import { namedParameters } from './named-parameters.js';
import { linear } from './projection-head.js';
import { resnet } from './resnet.js';
import { noiseTensor } from './testing/loops.js';
import { withHead } from './with-head.js';

const build = (seed = 0) =>
  resnet({ blocks: [1], widths: [3], stem: 'cifar', inputShape: [4, 4, 1], rng: createRng(seed) });
const head = (name: string, seed: number) => linear({ units: 2, name, rng: createRng(seed) });

describe('joinOutputs', () => {
  it('gives all outputs in order, and runs what they share once', () => {
    const before = memory().numTensors;
    const backbone = build();
    const [one, other] = [withHead(backbone, head('one', 1)), withHead(backbone, head('other', 2))];
    const pair = joinOutputs([one, other, backbone], { name: 'pair' });
    expect(pair.name).toBe('pair');
    const weights = namedParameters(pair).map(({ name }) => name);
    expect(new Set(weights).size).toBe(weights.length);
    expect(weights).toEqual(expect.arrayContaining(['conv1.weight', 'one.weight', 'other.bias']));
    tidy(() => {
      const x = noiseTensor([4, 4, 4, 1], 1);
      const outputs = pair.predict(x) as Tensor[];
      [one, other, backbone].forEach((model, i) => {
        expect(outputs[i]!).toBeAllclose(model.predict(x) as Tensor, 0);
      });
      // The statistics of one batch, once: 0.9 of what they were and 0.1 of the batch's.
      const alone = build();
      alone.apply(x, { training: true });
      pair.apply(x, { training: true });
      const own = (model: typeof alone) => model.getLayer('bn1').getWeights()[3]!;
      expect(own(pair)).toBeAllclose(own(alone), 0);
      alone.dispose();
    });
    pair.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses no models, models of different backbones, and layers of one name', () => {
    const [backbone, stranger] = [build(), build(1)];
    const [one, same] = [withHead(backbone, head('fc', 1)), withHead(backbone, head('fc', 2))];
    const before = memory().numTensors;
    expect(() => joinOutputs([])).toThrow(RangeError);
    expect(() => joinOutputs([])).toThrow(/Cannot join no models/);
    expect(() => joinOutputs([backbone, stranger])).toThrow(RangeError);
    expect(() => joinOutputs([backbone, stranger])).toThrow(/inputs of its own: give models made from one backbone/);
    expect(() => joinOutputs([one, same])).toThrow(RangeError);
    expect(() => joinOutputs([one, same])).toThrow(/with another layer fc: give the layers of each head names/);
    expect(memory().numTensors).toBe(before);
    for (const layer of [...one.layers, ...same.layers.slice(-1), ...stranger.layers]) layer.dispose();
  });
});
