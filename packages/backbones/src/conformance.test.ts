import { createRng } from '@hcsc/random';
import { testBackbone } from '@hcsc/testing';
import { hypercolumn } from './hypercolumn.js';
import { joinOutputs } from './join-outputs.js';
import { linear, mlp } from './projection-head.js';
import { type ResNetArchitecture, resnet } from './resnet.js';
import { withHead } from './with-head.js';

const tiny: ResNetArchitecture = { blocks: [1, 1], widths: [3, 4], stem: 'cifar', inputShape: [6, 6, 2] };
const one: ResNetArchitecture = { ...tiny, blocks: [1], widths: [3] };

const resnets: Record<string, [options: ResNetArchitecture, features: number]> = {
  'a ResNet of basic blocks': [tiny, 4],
  'a ResNet of bottlenecks': [{ ...one, bottleneck: true }, 12],
  'a ResNet with the stem of ImageNet': [{ ...one, stem: 'imagenet', inputShape: [9, 9, 3] }, 3],
  'a ResNet whose batch norm sees parts of a batch': [{ ...one, batchNorm: { splits: 2, momentum: 0.2 } }, 3],
  'a ResNet that starts as the identity': [{ ...one, zeroInitResidual: true }, 3],
  'a ResNet with taps': [{ ...tiny, taps: ['stem', 'stage1', 'pooled'] }, 4],
  'a ResNet without its last stage': [{ ...tiny, taps: ['stem', 'stage1'] }, 3],
  'a ResNet that is to be loaded': [{ ...one, rng: null }, 3],
};
for (const [name, [options, features]] of Object.entries(resnets)) {
  testBackbone(name, () => resnet(options), { features });
}

const heads = {
  'a linear head': linear({ units: 5, rng: createRng(1) }),
  'a head of two layers': mlp({ hidden: 6, units: 5, rng: createRng(1) }),
  'a head of three layers with batch norm': mlp({ hidden: 6, units: 5, layers: 3, batchNorm: true, rng: createRng(1) }),
};
for (const [name, head] of Object.entries(heads)) {
  testBackbone(`a ResNet with ${name}`, () => withHead(resnet(one), head), { features: 5 });
}

testBackbone(
  'pooled features beside a hypercolumn',
  () => {
    const backbone = resnet(tiny);
    const local = hypercolumn(backbone, { taps: ['stage1', 'stage2'], channels: 6, rng: createRng(1) });
    return joinOutputs([backbone, withHead(local, mlp({ hidden: 6, units: 5, name: 'projector' }))]);
  },
  { features: 5 },
);
