import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTorch, type TorchPlainDict, writeTorch } from '../index.js';
import { hasTorch, torchRun } from './torch-peer.fixture.js';
import { writePickle } from './write-pickle.js';
import { directory, localHeader } from './zip-records.js';

const folder = mkdtempSync(join(tmpdir(), 'hcsc-round-trip-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** State dicts of PyTorch's own making: a ResNet-18, a small network, and every dtype and kind of view. */
const WRITE = `
import collections, json, sys, torch, torchvision
torch.manual_seed(0)
folder = sys.argv[1]
net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.Linear(144, 2))
net(torch.randn(5, 3, 8, 8))
resnet = torchvision.models.resnet18(num_classes=5)
resnet(torch.randn(4, 3, 32, 32))
base = torch.randn(4, 6)
floats = torch.tensor([0., -0., 1.5, float('nan'), float('inf'), -float('inf'), 1e-45, 3.4e38])
dtypes = {str(dtype): floats.to(dtype) for dtype in [torch.float32, torch.float64, torch.float16, torch.bfloat16]}
for dtype in [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64]:
    info = torch.iinfo(dtype)
    dtypes[str(dtype)] = torch.tensor([[info.min, info.max, 7]], dtype=dtype)
views = {
    'bool': torch.tensor([True, False, True]), 'scalar': torch.tensor(2.5), 'whole': torch.tensor(-7),
    'empty': torch.empty(0), 'empty.3': torch.empty(3, 0, 2, dtype=torch.int64),
    'shared.all': base, 'shared.row': base[2], 'shared.columns': base[:, 1:4], 'shared.steps': base[::2, ::3],
    'transposed': torch.randn(3, 5).t(), 'permuted': torch.randn(2, 3, 4, 5).permute(3, 0, 2, 1), 'expanded': torch.randn(3, 1).expand(3, 4),
    'channels last': torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last), 'parameter': torch.nn.Parameter(torch.randn(2)),
}
files = {'net': net.state_dict(), 'resnet': resnet.state_dict(), 'dtypes': {**dtypes, **views}}
for name, state in files.items():
    torch.save(collections.OrderedDict(state), f'{folder}/{name}.zip.pth')
    torch.save({'state_dict': state, 'epoch': 3}, f'{folder}/{name}.legacy.pth', _use_new_zipfile_serialization=False)
print(json.dumps({name: list(state) for name, state in files.items()}))
`;

/** Compares what was written by PyTorch and by us: names, dtypes, shapes, every bit, and what networks make of it. */
const COMPARE = `
import json, sys, torch, torchvision
folder, name = sys.argv[1:]
theirs = torch.load(f'{folder}/{name}.zip.pth')
def bits(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8) if tensor.dtype != torch.bool else tensor.to(torch.uint8)
def same(ours):
    return list(ours) == list(theirs) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.is_contiguous() and torch.equal(bits(a), bits(b)) for a, b in zip(ours.values(), theirs.values()))
def output(state):
    net = torchvision.models.resnet18(num_classes=5)
    net.load_state_dict(state)
    return net.eval()(torch.linspace(-1, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32))
kinds = {}
for kind in ['zip', 'legacy']:
    for weights_only in [True, False]:
        ours = torch.load(f'{folder}/{name}.{kind}.ours.pth', weights_only=weights_only)
        state = ours['state_dict'] if kind == 'legacy' else ours
        kinds[f'{kind} {weights_only}'] = [type(state).__name__, same(state), ours.get('epoch') if kind == 'legacy' else None, name != 'resnet' or torch.equal(output(state), output(theirs))]
print(json.dumps(kinds))
`;

describe.skipIf(!hasTorch)('PyTorch → here → PyTorch', () => {
  let names: Record<string, string[]>;
  beforeAll(() => {
    names = torchRun(WRITE, folder);
  });

  it.each(['net', 'resnet', 'dtypes'])('%s: every bit, from both containers', async (name) => {
    for (const kind of ['zip', 'legacy']) {
      const { tensors, value } = await readTorch(at(`${name}.${kind}.pth`));
      expect(Object.keys(tensors)).toEqual(names[name]);
      const epoch = value instanceof Map ? (value.get('epoch') as number | undefined) : undefined;
      await writeTorch(at(`${name}.${kind}.ours.pth`), tensors, epoch === undefined ? {} : { value: { epoch } });
    }
    expect(torchRun(COMPARE, folder, name)).toEqual({
      'zip True': ['OrderedDict', true, null, true],
      'zip False': ['OrderedDict', true, null, true],
      'legacy True': ['OrderedDict', true, 3, true],
      'legacy False': ['OrderedDict', true, 3, true],
    });
  });

  it('values beside the state dict are those of Python', async () => {
    const bigs = [
      0n,
      255n,
      256n,
      -1n,
      -129n,
      2n ** 31n,
      -(2n ** 31n) - 1n,
      2n ** 63n,
      -(2n ** 63n),
      2n ** 100n,
      -(2n ** 127n),
    ];
    const value: TorchPlainDict = {
      ...{ arch: 'resnet18', ünï: 'codé', none: null, flags: [true, false], nested: { a: [[], {}] } },
      ...{
        bigs,
        numbers: [0.1, -0, 1e300, Number.NaN, 1 / 0, 3],
        map: new Map<number | boolean, string>([
          [7, 'seven'],
          [true, 'yes'],
        ]),
      }, // prettier-ignore
    };
    await writeTorch(at('values.pth'), {}, { value });
    const printed = torchRun(
      "import json, sys, torch; print(json.dumps(repr(torch.load(sys.argv[1], **({} if torch.__version__ < '2' else {'weights_only': True})))))",
      at('values.pth'),
    );
    expect(printed).toBe(
      `{'arch': 'resnet18', 'ünï': 'codé', 'none': None, 'flags': [True, False], 'nested': {'a': [[], {}]}, 'bigs': [${bigs.join(', ')}], 'numbers': [0.1, -0.0, 1e+300, nan, inf, 3], 'map': {7: 'seven', True: 'yes'}, 'state_dict': OrderedDict()}`,
    );
  });

  it('tensors beyond 4 GiB of a file are found', () => {
    const far = 2 ** 32 + 4096;
    const pickle = writePickle([{ name: 'w', dtype: 'float32', shape: [2], key: '0' }]);
    const parts = [
      { name: 'archive/data.pkl', bytes: pickle, at: 0 },
      { name: 'archive/data/0', bytes: Buffer.from(Float32Array.of(1, 2).buffer), at: far },
      { name: 'archive/version', bytes: Buffer.from('3\n'), at: far + 128 },
    ].map(({ name, bytes, at }) => ({ name, bytes, at, size: bytes.length, crc: crc32(bytes) }));
    // With holes between its entries, which take no room on the disk.
    const file = openSync(at('far.pth'), 'w');
    for (const part of parts) writeSync(file, Buffer.concat([localHeader(part), part.bytes]), 0, null, part.at);
    writeSync(file, directory(parts, far + 4096), 0, null, far + 4096);
    closeSync(file);
    const program =
      'import json, sys, torch; print(json.dumps(torch.load(sys.argv[1], weights_only=True)["w"].tolist()))';
    expect(torchRun(program, at('far.pth'))).toEqual([1, 2]);
  });
});
