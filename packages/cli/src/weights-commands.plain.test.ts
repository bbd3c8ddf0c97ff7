import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { readSafetensors, readTorch, type StoredTensor, writeSafetensors, writeTorch } from '@hcsc/weights';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hcsc } from './built-command.fixture.js';

const hostile = fileURLToPath(new URL('../../testing/golden/pth/malicious_zip.pth', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-weights-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

/** A ResNet of one stage of one block, three channels wide: each value is its place in all of them. */
function backbone(): Record<string, StoredTensor> {
  const norm = (name: string) => ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);
  const names = ['conv1.weight', ...norm('bn1'), 'layer1.0.conv1.weight', ...norm('layer1.0.bn1')];
  let next = 0;
  return Object.fromEntries(
    [...names, 'layer1.0.conv2.weight', ...norm('layer1.0.bn2')].map((name): [string, StoredTensor] => {
      const shape = name.includes('conv') ? [3, name === 'conv1.weight' ? 2 : 3, 3, 3] : [3];
      const data = Float32Array.from({ length: shape.reduce((size, one) => size * one, 1) }, () => next++ / 100);
      return [name, { dtype: 'float32', shape, data }];
    }),
  );
}

const one: StoredTensor = { dtype: 'int64', shape: [1], data: new BigInt64Array(1) };

/** The same behind MoCo's names, with what stands beside it in such a checkpoint. */
function moco(): Record<string, StoredTensor> {
  const query = Object.entries(backbone()).map(([name, tensor]) => [`module.encoder_q.${name}`, tensor]);
  return { ...Object.fromEntries(query), 'module.queue_ptr': one, 'module.odd\nname': one };
}

/** Writes the same with an `argparse.Namespace` under `args`, as the official checkpoints have one. */
async function writeWithObject(path: string): Promise<void> {
  const text = 'a text as long as';
  await writeTorch(path, moco(), { value: { epoch: 200, args: text } });
  const bytes = readFileSync(path);
  const begin = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  const pickle = bytes.subarray(begin, begin + bytes.readUInt32LE(18));
  const before = bytes.subarray(14, 18);
  const listed = bytes.lastIndexOf(before);
  pickle.write('cargparse\nNamespace\n)R', pickle.indexOf(text) - 5, 'latin1');
  for (const at of [14, listed]) bytes.writeUInt32LE(crc32(pickle), at);
  writeFileSync(path, bytes);
}

describe('import and export', { timeout: 60_000 }, () => {
  test('a checkpoint becomes a model folder, and that a PyTorch and a safetensors file with the same values', async () => {
    await writeTorch(at('moco.pth.tar'), moco(), { value: { epoch: 200 } });
    const imported = await hcsc('weights', 'import', at('moco.pth.tar'), '--out', at('model'), '--input', '8,6,2');
    expect(imported).toEqual({
      ...{ code: 0, err: '' },
      out: [
        'from        a PyTorch file',
        'names       moco, behind module.encoder_q.',
        'loaded      15 weights, none missing',
        'dropped     1: 1 queue',
        'unexpected  1, not loaded: module.odd\\u000aname',
        `${at('model')}: images [8, 6, 2] to 3 features\n`,
      ].join('\n'),
    });
    expect(readdirSync(at('model')).sort()).toEqual(['model.json', expect.stringMatching(/^weights\.\w{16}\.bin$/)]);

    for (const name of ['a.pth', 'a.safetensors']) {
      const { code, out, err } = await hcsc('weights', 'export', at('model'), '--out', at(name));
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(`${at(name)}: 15 weights, without heads\n`);
    }
    expect((await readTorch(at('a.pth'))).tensors).toEqual(backbone());
    expect((await readSafetensors(at('a.safetensors'))).tensors).toEqual(backbone());
  });

  test('what is there is replaced only when that is asked for, and other files never', async () => {
    await writeTorch(at('a.pth'), backbone());
    mkdirSync(at('mine'));
    writeFileSync(at('mine/notes.txt'), 'mine');
    const run = (command: string, ...more: string[]) => hcsc('weights', command, at('a.pth'), '--out', ...more);

    expect((await run('import', at('model'))).code).toBe(0);
    const again = await run('import', at('model'));
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/^hcsc: Cannot write .*model: it is there al/) });
    expect((await run('import', at('model'), '--overwrite')).code).toBe(0);

    const former = readFileSync(at('a.pth'));
    expect((await run('export', at('a.pth'))).err).toMatch(/give --overwrite to replace it, or another --out\n$/);
    expect(readFileSync(at('a.pth'))).toEqual(former);
    expect((await run('export', at('mine'), '--overwrite')).err).toMatch(/it is a folder with other files/);
    expect(readdirSync(at('mine'))).toEqual(['notes.txt']);
    expect((await run('export', at('none/a.pth'))).err).toMatch(/there is no folder .*none, make it/);
    expect((await run('import', at('b.pth'))).err).toMatch(
      /give --out a folder; a file is written by hcsc weights exp/,
    );
  });

  test.each<[string, string[], RegExp]>([
    [
      'tensors of no known kind, when strict',
      ['--strict'],
      /1 of its tensors are not of the ResNet \("module\.odd\\nn/,
    ],
    ['another prefix', ['--prefix', 'module.'], /Cannot find a ResNet behind the prefix "module\."/],
    ['a key encoder that is not there', ['--encoder', 'key'], /Cannot take the key encoder/],
    ['images of other channels', ['--input', '8,8,3'], /conv1 takes images of 2 channels, .* has 3/],
  ])('%s: one line, and no folder', async (_, options, message) => {
    await writeTorch(at('moco.pth'), moco());
    const { code, out, err } = await hcsc('weights', 'import', at('moco.pth'), '--out', at('model'), ...options);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(err.split('\n')).toHaveLength(2);
    expect(existsSync(at('model'))).toBe(false);
  });

  test('a file with objects in it is refused with the option that reads the rest, and read with it', async () => {
    await writeWithObject(at('hcsc.pth.tar'));
    const refused = /asks for "argparse\.Namespace", .* \(--skip-objects reads the rest of such files\)\n$/;
    for (const [command, ...out] of [
      ['inspect'],
      ['import', '--out', at('model')],
      ['export', '--out', at('a.safetensors')],
    ] as const) {
      const { code, err } = await hcsc('weights', command, at('hcsc.pth.tar'), ...out);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(refused) });
      expect(readdirSync(folder)).toEqual(['hcsc.pth.tar']);
    }
    const inspected = await hcsc('weights', 'inspect', at('hcsc.pth.tar'), '--skip-objects');
    expect(inspected).toMatchObject({
      code: 0,
      out: expect.stringContaining('epoch = 200\n          args = (left out: argparse.Namespace)\n'),
    });
    expect((await hcsc('weights', 'import', at('hcsc.pth.tar'), '--skip-objects', '--out', at('model'))).code).toBe(0);
    const exported = await hcsc(
      'weights',
      'export',
      at('hcsc.pth.tar'),
      '--skip-objects',
      '--out',
      at('a.safetensors'),
    );
    expect(exported.code).toBe(0);
    expect((await readSafetensors(at('a.safetensors'))).tensors).toEqual(backbone());
  });

  test('weights that are missing are an error', async () => {
    const { 'bn1.bias': _, ...rest } = backbone();
    await writeSafetensors(at('a.safetensors'), rest);
    const { code, err } = await hcsc('weights', 'import', at('a.safetensors'), '--out', at('model'));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('1 weights are missing: bn1.bias\n') });
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
  });
});

describe('inspect', { timeout: 60_000 }, () => {
  test('prints what a file holds, its first 40 tensors or all, for people or as JSON', async () => {
    const many = Array.from({ length: 30 }, (_, i) => [`zz.${i}`, one] as const);
    await writeSafetensors(
      at('a.safetensors'),
      { ...moco(), ...Object.fromEntries(many) },
      { metadata: { epoch: '\u001b[2J3' }, checksum: true },
    );
    const { code, out, err } = await hcsc('weights', 'inspect', at('a.safetensors'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`${at('a.safetensors')}\nkind      a safetensors file\n`);
    expect(out).toContain('names     a ResNet, named as in moco, behind module.encoder_q.\n');
    expect(out).toContain('tensors   47, of 284 values, 1.3 kB\nchecksum  fits\nmetadata  epoch = \\u001b[2J3\n\n');
    expect(out).toContain('module.odd\\u000aname');
    expect(out).toMatch(/\nmodule\.encoder_q\.conv1\.weight +float32 {2}\[3, 2, 3, 3\]\n/);
    expect(out).toMatch(/\nand 7 more: --all lists them\n$/);
    const all = await hcsc('weights', 'inspect', at('a.safetensors'), '--all');
    expect(all.out.split('\n')).toHaveLength(out.split('\n').length - 1 + 7);
    const json = await hcsc('weights', 'inspect', at('a.safetensors'), '--json');
    expect(JSON.parse(json.out)).toMatchObject({ kind: 'safetensors', layout: 'moco', values: 284, checksum: true });
  });

  test('a hostile file, an altered one and none: exit code 1 and one line', async () => {
    await writeSafetensors(at('a.safetensors'), backbone(), { checksum: true });
    const bytes = readFileSync(at('a.safetensors'));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(at('a.safetensors'), bytes);
    for (const [path, message] of [
      [hostile, 'as a PyTorch file'],
      [at('a.safetensors'), 'it was altered'],
      [at('none'), 'it is not there'],
    ] as const) {
      const { code, out, err } = await hcsc('weights', 'inspect', path);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain(message);
      expect(err.split('\n')).toHaveLength(2);
      const imported = await hcsc('weights', 'import', path, '--out', at('model'));
      expect(imported).toEqual({ code: 1, out: '', err });
    }
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
  });
});
