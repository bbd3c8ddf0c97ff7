import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenFolder } from '@hcsc/testing';
import { describe, expect, it } from 'vitest';
import { readTorch, TorchFileError, type TorchValue } from '../index.js';
import { legacyFile, op, temporaryFiles, zipFile } from './torch-files.fixture.js';
import { hasTorch, torchRun } from './torch-peer.fixture.js';

const write = temporaryFiles();
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const vector = op.tensor(op.storage('FloatStorage', '0', 2), 0, [2], [1]);
const two = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) };
const skip = { objects: 'skip' } as const;
const read = (bytes: Uint8Array) => readTorch(write('some.pth', bytes), skip);
const readValue = async (...parts: (string | Uint8Array)[]) =>
  (await read(zipFile(op.pickle(...parts), { 0: floats(1, 2) }))).value;
const marker = (skipped: string) => ({ skipped });

describe('objects that are left out', () => {
  const namespace = op.global('argparse', 'Namespace');
  const state = op.dict({
    lr: op.int(3),
    weights: vector,
    device: op.call(op.global('torch', 'device'), op.text('cpu')),
  });

  it.each([
    ['an object of a class', op.of(namespace, ')\x81', state, 'b'), 'argparse.Namespace'],
    ['one with keywords', op.of(namespace, ')}\x92', state, 'b'), 'argparse.Namespace'],
    ['what a function would make', op.call(op.global('os', 'system'), op.text('touch pwned.txt')), 'os.system'],
    ['what it would make of that', op.call(op.call(op.global('a', 'b')), op.int(1)), 'a.b'],
    [
      'an object of older pickles',
      op.of(
        op.call(op.global('copy_reg', '_reconstructor'), namespace, op.global('__builtin__', 'object'), op.of('N')),
        state,
        'b',
      ),
      'argparse.Namespace',
    ],
    ['a class', namespace, 'argparse.Namespace'],
    ['a name from the stack', op.of(op.text('torch'), op.text('float32'), '\x93'), 'torch.float32'],
    [
      'a dictionary of a class',
      op.of(op.call(op.global('a', 'D')), op.text('k'), 'Ns(', op.text('l'), vector, 'u'),
      'a.D',
    ],
    ['a list of a class', op.of(op.call(op.global('a', 'L')), 'Na(', op.text('l'), vector, 'e'), 'a.L'],
    ['bytes', 'C\x02\xff\xff', 'builtins.bytes'],
    ['many bytes', 'B\x02\0\0\0\xff\xff', 'builtins.bytes'],
    [
      'a scalar of NumPy',
      op.call(
        op.global('numpy.core.multiarray', 'scalar'),
        op.of(
          op.call(op.global('numpy', 'dtype'), op.text('f8'), op.of('\x89'), op.of('\x88')),
          op.tuple(op.int(3), op.text('<')),
          'b',
        ),
        op.call(op.global('_codecs', 'encode'), op.text('\0\0ð?'), op.text('latin1')),
      ),
      'numpy.core.multiarray.scalar',
    ],
  ])('%s', async (_, body, name) => {
    expect(await readValue('](', body, vector, 'e')).toEqual([marker(name), two]);
    await expect(readTorch(write('some.pth', zipFile(op.pickle('](', body, vector, 'e'))))).rejects.toThrow(
      TorchFileError,
    );
    expect(existsSync('pwned.txt')).toBe(false);
  });

  it('have no tensors; those beside them are found', async () => {
    const file = op.pickle(
      op.dict({ state_dict: op.dict({ w: vector, odd: namespace }), args: op.of(namespace, ')\x81', state, 'b') }),
    );
    for (const bytes of [zipFile(file, { 0: floats(1, 2) }), legacyFile(file, { 0: [2, floats(1, 2)] })]) {
      const { tensors, value } = await read(bytes);
      expect(tensors).toEqual({ w: two });
      expect((value as Map<string, TorchValue>).get('args')).toEqual(marker('argparse.Namespace'));
    }
  });

  it('may be in themselves', async () => {
    expect(await readValue(namespace, ')\x81q\0', '}', op.text('self'), 'h\0sb')).toEqual(marker('argparse.Namespace'));
  });
});

describe('what is refused all the same', () => {
  const refusals: [string, string | Uint8Array, RegExp][] = [
    [
      'an object of a known class made in another way',
      op.of(op.global('collections', 'OrderedDict'), ')\x81'),
      /0x81 \(NEWOBJ\)/,
    ],
    ['a known function with other values', op.call(op.global('torch', 'Size'), op.text('a')), /torch\.Size/],
    ['a value that is called', op.call(op.int(1)), /no constructor/],
    ['a class as key', op.of('}', op.global('a', 'B'), 'Ns'), /a key of a dictionary/],
    ['a class as storage', op.storage('ComplexFloatStorage', '0', 1), /a reference should be to a storage/],
    ['OBJ', op.of('(', op.global('a', 'B'), 'o'), /0x6f \(OBJ\)/],
    ['INST', '(ios\nsystem\n', /0x69 \(INST\)/],
    ['an extension', '\x82\x01', /EXT1/],
    ['bytes beyond the end', 'B\xff\xff\xff\xff', /4294967295 bytes should follow/],
    ['a long name', op.global('a', 'b'.repeat(400)), /"a\.b+…", which is none/],
  ];
  it.each(refusals)('%s', async (_, body, message) => {
    await expect(readValue(body)).rejects.toThrow(TorchFileError);
    await expect(readValue(body)).rejects.toThrow(message);
  });

  it('more names than a checkpoint has', async () => {
    const names = Array.from({ length: 10_001 }, (_, i) => op.global('a', `b${i}`));
    await expect(readValue('](', ...names, 'e')).rejects.toThrow(/more than 10000 classes/);
    const value = (await readValue('](', ...names.slice(1), ...names.slice(1), 'e')) as TorchValue[];
    expect(value[10_000]).toBe(value[0]);
  });
});

const folder = join(goldenFolder(), 'pth');
const golden = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<'expected' | 'refuse', object>;

it.each(Object.keys(golden.expected))('%s is read as it is without', async (name) => {
  expect(await readTorch(join(folder, name), skip)).toEqual(await readTorch(join(folder, name)));
});

it.each(Object.keys(golden.refuse))('nothing of %s runs', async (name) => {
  const file = await readTorch(join(folder, name), skip).catch((error: unknown) => {
    expect(error).toBeInstanceOf(TorchFileError);
    return null;
  });
  if (file) {
    expect(name).toMatch(/^malicious/);
    expect(JSON.stringify([...(file.value instanceof Map ? file.value.values() : [file.value])])).toContain(
      'posix.system',
    );
  }
  expect(existsSync('pwned.txt')).toBe(false);
});

it.skipIf(!hasTorch)('a checkpoint of PyTorch with its arguments and a score of NumPy', async () => {
  const program = `
import argparse, collections, json, numpy, pathlib, sys, torch
for path, zipped in [(sys.argv[1], True), (sys.argv[2], False)]:
    torch.save({'epoch': 3, 'args': argparse.Namespace(lr=0.03, folder=pathlib.PurePosixPath('a'), w=torch.ones(3)), 'best': numpy.float64(0.5),
        'kind': numpy.dtype('f4'), 'dtype': torch.float32, 'counts': collections.Counter('aab'), 'device': torch.device('cpu'),
        'net': torch.nn.Linear(2, 3), 'state_dict': {'w': torch.tensor([1., 2.])}}, path, _use_new_zipfile_serialization=zipped)
print('null')`;
  const paths = ['zip', 'legacy'].map((kind) => write(`${kind}.pth`, new Uint8Array(0)));
  torchRun(program, ...paths);
  for (const path of paths) {
    await expect(readTorch(path)).rejects.toThrow(/argparse\.Namespace/);
    const { tensors, value } = await readTorch(path, skip);
    expect(tensors).toEqual({ w: two });
    expect(Object.fromEntries(value as Map<string, TorchValue>)).toMatchObject({
      epoch: 3,
      args: marker('argparse.Namespace'),
      best: { skipped: expect.stringMatching(/^numpy\.\w+\.multiarray\.scalar$/) },
      kind: marker('numpy.dtype'),
      dtype: marker('torch.float32'),
      counts: marker('collections.Counter'),
      device: marker('torch.device'),
      net: marker('torch.nn.modules.linear.Linear'),
    });
  }
});
