import { createRng } from '@hcsc/random';
import { mean, memory, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { featureTaps } from './feature-taps.js';
import { resnet } from './resnet.js';
import { noiseTensor } from './testing/loops.js';

const options = { blocks: [1, 2], widths: [2, 3], stem: 'imagenet', inputShape: [16, 16, 1] } as const;

describe('featureTaps', () => {
  it('gives the outputs asked for, in their order, of the same weights', () => {
    const before = memory().numTensors;
    const backbone = resnet({ ...options, rng: createRng(0) });
    const tapped = featureTaps(backbone, ['pooled', 'stage2', 'stage1', 'stem', 'layer2.0.relu']);
    tidy(() => {
      const x = noiseTensor([2, 16, 16, 1], 1);
      const [pooled, stage2, stage1, stem, inner] = tapped.predict(x) as Tensor[];
      expect([pooled, stage2, stage1, stem, inner].map((t) => t!.shape)).toEqual([
        [2, 3],
        [2, 2, 2, 3],
        [2, 4, 4, 2],
        [2, 4, 4, 2],
        [2, 2, 2, 3],
      ]);
      expect(pooled).toBeAllclose(backbone.predict(x) as Tensor, 0);
      expect(mean(stage2!, [1, 2])).toBeAllclose(pooled!);
      expect(inner).not.toBeAllclose(stage2!, 1e-3);
    });
    tapped.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('can be asked for when the network is built', () => {
    const tapped = resnet({ ...options, taps: ['stage1', 'stage2'], name: 'tapped' });
    expect(tapped.name).toBe('tapped');
    expect(tapped.outputs.map(({ shape }) => shape)).toEqual([
      [null, 4, 4, 2],
      [null, 2, 2, 3],
    ]);
    tapped.dispose();
  });

  it('leave nothing of a network behind that does not lead to one', () => {
    const before = memory().numTensors;
    const tapped = resnet({ ...options, taps: ['stem'] });
    expect(tapped.layers.map(({ name }) => name)).not.toContain('layer1.0.conv1');
    tapped.dispose();
    expect(() => resnet({ ...options, taps: ['stem', 'stage9'] })).toThrow(/Cannot tap resnet at 'stage9'/);
    expect(memory().numTensors).toBe(before);
  });

  it('refuses taps that do not exist', () => {
    const backbone = resnet(options);
    expect(() => featureTaps(backbone, [])).toThrow(/give taps such as/);
    expect(() => featureTaps(backbone, ['stage3'])).toThrow(/at 'stage3': it has 'stem', 'stage1' to 'stage2'/);
    expect(() => featureTaps(backbone, ['layer9'])).toThrow(RangeError);
    backbone.dispose();
  });
});
