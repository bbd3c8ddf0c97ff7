import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hypercolumn, joinOutputs, loadParameters, mlp, resnet, withHead } from '@hcsc/backbones';
import { dispose, memory, type Tensor, type Tensor4D, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importBackbone, inspectWeights, readTorch, type StoredTensor, tensorsBehind, toTensors } from './index.js';
import { hasTorch, torchRun } from './torch/torch-peer.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'hcsc-cgh-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/**
 * A network with the names, buffers and checkpoints of the official code, on a ResNet-18 of a quarter of its widths, after
 * some steps: every running statistic is its own. And what it makes of two images, in inference mode.
 */
const WRITE = `
import sys, torch, torchvision
from torch import nn
from torch.nn.functional import interpolate
torch.manual_seed(0)
SHARE, HIDDEN, UNITS, QUEUE = 4, 24, 16, 32

def mlp(inputs):
    return nn.Sequential(nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, UNITS))

class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.reg_conv = nn.Sequential(nn.Conv2d(192, 128, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU())
        self.projector = mlp(128)
        self.scale = nn.Parameter(torch.tensor([0.25, 1.0]), requires_grad=False)

    def forward(self, third, fourth):
        columns = torch.cat([interpolate(third, fourth.shape[-2:], mode='bilinear', align_corners=False), fourth], 1)
        return self.projector(self.reg_conv(columns).mean((2, 3)))

class Backbone(torchvision.models.ResNet):
    def __init__(self):
        super().__init__(torchvision.models.resnet.BasicBlock, [2, 2, 2, 2])
        self.conv1, self.bn1 = nn.Conv2d(3, 64 // SHARE, 7, 2, 3, bias=False), nn.BatchNorm2d(64 // SHARE)
        self.fc = mlp(128)

    def _make_layer(self, block, planes, *args, **kwargs):
        if planes == 64:
            self.inplanes = 64 // SHARE
        return super()._make_layer(block, planes // SHARE, *args, **kwargs)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder_q, self.encoder_k = Backbone(), Backbone()
        self.hypercols_proj_q, self.hypercols_proj_k = Head(), Head()
        for name in ['queue', 'queue_hyper']:
            self.register_buffer(name, torch.randn(UNITS, QUEUE))
            self.register_buffer(name + '_ptr', torch.zeros(1, dtype=torch.long))
        self.register_buffer('queue_targets', -torch.ones(QUEUE).long())
        self.register_buffer('queue_index', torch.arange(QUEUE))
        for name in ['center', 'center_hyper']:
            self.register_buffer(name, torch.zeros(1, QUEUE))

    def features(self, encoder, head, x):
        maps = []
        hooks = [stage.register_forward_hook(lambda _, __, y: maps.append(y)) for stage in [encoder.layer3, encoder.layer4]]
        g = encoder(x)
        for hook in hooks:
            hook.remove()
        return [g, head(*maps), maps[1].mean((2, 3))]

    def forward(self, x):
        return self.features(self.encoder_q, self.hypercols_proj_q, x) + self.features(self.encoder_k, self.hypercols_proj_k, x)

net = Net()
optimizer = torch.optim.SGD(net.hypercols_proj_q.projector.parameters(), lr=0.1, momentum=0.9)
for _ in range(2):
    outputs = net(torch.randn(4, 3, 40, 40))
    optimizer.zero_grad()
    sum((y ** 2).sum() for y in outputs).backward()
    optimizer.step()
with torch.no_grad():
    images = torch.randn(2, 3, 40, 40)
    outputs = net.eval()(images)
names = ['g_q', 'h_q', 'pooled_q', 'g_k', 'h_k', 'pooled_k']
torch.save({'images': images, **dict(zip(names, outputs))}, sys.argv[1] + '/expected.pth')
for name, state in [('single', net.state_dict()), ('parallel', nn.DataParallel(net).state_dict())]:
    checkpoint = {'epoch': 200, 'arch': 'resnet18', 'best_acc1': 0.5, 'net': state, 'optimizer0': optimizer.state_dict()}
    torch.save(checkpoint, sys.argv[1] + '/' + name + '.pth.tar')
print('null')
`;

function close(actual: Tensor, expected: Tensor): void {
  expect(actual).toBeAllclose(expected, 1e-4);
}

describe.skipIf(!hasTorch)('a checkpoint of the official code of CGH', () => {
  let expected: Record<string, Tensor>;
  let images: Tensor4D;
  beforeAll(async () => {
    torchRun(WRITE, folder);
    const { images: theirs, ...outputs } = toTensors((await readTorch(at('expected.pth'))).tensors);
    images = transpose(theirs as Tensor4D, [0, 2, 3, 1]);
    theirs!.dispose();
    expected = outputs;
  });
  afterAll(() => dispose([images, expected]));

  const files = [
    ['single.pth.tar', 'net.'],
    ['parallel.pth.tar', 'net.module.'],
  ] as const;
  const encoders = [
    ['query', 'q'],
    ['key', 'k'],
  ] as const;
  const cases = files.flatMap((file) => encoders.map((encoder) => [...file, ...encoder] as const));

  it.each(cases)(
    '%s, names behind "%s": the %s encoder gives g and h of both heads',
    async (file, before, _, which) => {
      const { tensors } = await readTorch(at(file));
      const held = memory().numTensors;
      const widths = [16, 32, 64, 128];
      const backbone = resnet({ blocks: [2, 2, 2, 2], widths, stem: 'imagenet', inputShape: [40, 40, 3], rng: null });
      const encoder: LayersModel = joinOutputs([
        withHead(backbone, mlp({ hidden: 24, units: 16 })),
        withHead(hypercolumn(backbone, { rng: null }), mlp({ hidden: 24, units: 16, name: 'projector' })),
      ]);
      const names = {
        [`encoder_${which}.`]: '',
        [`hypercols_proj_${which}.`]: '',
        [`hypercols_proj_${which}.scale`]: null,
      };
      const found = tensorsBehind(tensors, names);
      expect(found.before).toBe(before);
      expect(loadParameters(encoder, found.tensors)).toEqual({ missing: [], unexpected: [] });
      tidy(() => {
        const [g, h] = encoder.predict(images) as Tensor[];
        close(g!, expected[`g_${which}`]!);
        close(h!, expected[`h_${which}`]!);
      });
      encoder.dispose();
      expect(memory().numTensors).toBe(held);
    },
  );

  it.each(cases)('%s, names behind "%s": the %s backbone is found by itself', async (file, before, encoder, which) => {
    const options = { inputShape: [40, 40, 3], encoder, strict: true } as const;
    const { model, report } = await importBackbone(at(file), options);
    expect(report).toMatchObject({ layout: 'moco', prefix: `${before}encoder_${which}.`, unexpected: [] });
    const why = new Set(report.dropped.map(({ why }) => why));
    const other = encoder === 'query' ? 'key encoder' : 'query encoder';
    expect(why).toEqual(new Set([other, 'projection head', 'queue', 'center', 'counter', 'optimizer']));
    tidy(() => close(model.predict(images) as Tensor, expected[`pooled_${which}`]!));
    model.dispose();
  });

  it('the two encoders are two, and inspection says where the first is', async () => {
    const { kind, layout, prefix, metadata } = await inspectWeights(at('parallel.pth.tar'));
    expect([kind, layout, prefix]).toEqual(['torch', 'moco', 'net.module.encoder_q.']);
    expect(metadata).toMatchObject({ epoch: '200', arch: 'resnet18', best_acc1: '0.5' });
    const { tensors } = await readTorch(at('single.pth.tar'));
    const [q, k] = ['q', 'k'].map((which) => tensors[`net.encoder_${which}.conv1.weight`] as StoredTensor);
    expect(q!.data).not.toEqual(k!.data);
  });
});
