import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadParameters, readParameters, resnet18, resnet34, resnet50 } from '@hcsc/backbones';
import { memory, type Tensor, type Tensor4D, tidy, transpose } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backboneTensors, readTorch, type StoredTensor, toTensors, writeTorch } from './index.js';
import { hasTorch, torchRun } from './torch/torch-peer.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'hcsc-outputs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);
const networks = { resnet18, resnet34, resnet50 };

/** torchvision's networks as they are drawn, with statistics of their own; and what they make of two images. */
const WRITE = `
import sys, torch, torchvision
torch.manual_seed(0)
images = torch.randn(2, 3, 40, 40)
with torch.no_grad():
    for name in sys.argv[2:]:
        net = getattr(torchvision.models, name)()
        for _ in range(3):
            net(torch.randn(4, 3, 40, 40))
        state = net.state_dict()
        net.fc = torch.nn.Identity()
        features = net.eval()(images)
        torch.save({'state_dict': state, 'images': images, 'features': features}, f'{sys.argv[1]}/{name}.pth')
print('null')
`;

/** Are the features of the weights that came back those of the ones that went, to the last bit? */
const COMPARE = `
import json, sys, torch, torchvision
equal = {}
with torch.no_grad():
    for name in sys.argv[2:]:
        theirs = torch.load(f'{sys.argv[1]}/{name}.pth')
        net = getattr(torchvision.models, name)()
        net.fc = torch.nn.Identity()
        missing, unexpected = net.load_state_dict(torch.load(f'{sys.argv[1]}/{name}.ours.pth', weights_only=True), strict=False)
        missing = [key for key in missing if not key.endswith('num_batches_tracked')]
        equal[name] = [missing, unexpected, torch.equal(net.eval()(theirs['images']), theirs['features'])]
print(json.dumps(equal))
`;

describe.skipIf(!hasTorch)('PyTorch → our models → PyTorch', () => {
  const names = Object.keys(networks) as (keyof typeof networks)[];
  beforeAll(() => {
    torchRun(WRITE, folder, ...names);
  });

  it.each(names)("the features of %s are PyTorch's", async (name) => {
    const { tensors, value } = await readTorch(at(`${name}.pth`));
    const { layout, tensors: weights, dropped } = backboneTensors(tensors);
    expect(layout).toBe('torchvision');
    expect(new Set(dropped.map(({ why }) => why))).toEqual(new Set(['classifier', 'counter']));
    const model = networks[name]({ inputShape: [40, 40, 3] });
    const before = memory().numTensors;
    loadParameters(model, weights);
    expect(memory().numTensors).toBe(before);

    const stored = value as Map<string, StoredTensor>;
    const { images, expected } = toTensors({ images: stored.get('images')!, expected: stored.get('features')! });
    const features = tidy(() => model.predict(transpose(images as Tensor4D, [0, 2, 3, 1])) as Tensor);
    expect(features).toBeAllclose(expected!, 1e-4);

    const back = Object.entries(await readParameters(model)).map(([key, { shape, data }]) => {
      expect(bytesOf(data).equals(bytesOf(weights[key]!.data)), key).toBe(true);
      return [key, { dtype: 'float32', shape, data } satisfies StoredTensor];
    });
    await writeTorch(at(`${name}.ours.pth`), Object.fromEntries(back));
    for (const tensor of [images!, expected!, features]) tensor.dispose();
    model.dispose();
  });

  it('what PyTorch makes of them again is the same to the last bit', () => {
    const same = [[], [], true];
    expect(torchRun(COMPARE, folder, ...names)).toEqual({ resnet18: same, resnet34: same, resnet50: same });
  });
});
