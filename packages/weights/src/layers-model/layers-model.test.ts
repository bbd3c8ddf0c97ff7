import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hypercolumn, joinOutputs, linear, resnet, withHead } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { dispose, memory, type Tensor } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LayersModelError } from './layers-model-error.js';
import { readLayersModel } from './read-layers-model.js';
import { saveLayersModel } from './save-layers-model.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-model-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const small = (seed: number) =>
  resnet({ blocks: [1, 1], widths: [4, 8], stem: 'cifar', inputShape: [8, 8, 2], rng: createRng(seed) });

/** Saves the model and disposes it. */
async function save(model: LayersModel): Promise<void> {
  await saveLayersModel(model, folder);
  model.dispose();
}

/** The kernel of a layer that is made with ones. */
function kernelOfOnes(): number[] {
  const dense = layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'ones' });
  const model = sequential({ layers: [dense] });
  const values = [...model.getWeights()[0]!.dataSync()];
  model.dispose();
  return values;
}

const weightsFile = () => readdirSync(folder).find((name) => name.endsWith('.bin'))!;

/** Asserts that the folder is refused with such a message, and that nothing is left in memory. */
async function refused(message: RegExp): Promise<void> {
  const before = memory().numTensors;
  const error = await readLayersModel(folder).catch((error) => error);
  expect(error).toBeInstanceOf(LayersModelError);
  expect(error.path).toBe(folder);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
  expect(memory().numTensors).toBe(before);
}

test('a model read back gives the same features, and leaves nothing in memory', async () => {
  const before = memory().numTensors;
  const original = small(1);
  await saveLayersModel(original, folder);
  const copy = await readLayersModel(folder);
  const images = createRng(0).normalTensor([3, 8, 8, 2]);
  const features = [original, copy].map((model) => model.predict(images) as Tensor);
  expect(features[1]!).toBeAllclose(features[0]!, 0);
  dispose([images, features]);
  original.dispose();
  copy.dispose();
  expect(memory().numTensors).toBe(before);
});

test('a model of two heads on one backbone is one model again: the backbone is there once, and both outputs', async () => {
  const before = memory().numTensors;
  const backbone = small(1);
  const columns = hypercolumn(backbone, { taps: ['stage1', 'stage2'] });
  const heads = [withHead(backbone, linear({ units: 3 })), withHead(columns, linear({ units: 4, name: 'projector' }))];
  const original = joinOutputs(heads);
  const images = createRng(0).normalTensor([3, 8, 8, 2]);
  dispose(original.apply(images, { training: true }) as Tensor[]); // its running statistics are its own
  await saveLayersModel(original, folder);
  const copy = await readLayersModel(folder);
  expect(copy.getWeights().length).toBe(original.getWeights().length);
  for (const training of [false, true]) {
    const [expected, read] = [original, copy].map((model) => model.apply(images, { training }) as Tensor[]);
    expect(read!.map(({ shape }) => shape[1])).toEqual([3, 4]);
    for (const [i, output] of read!.entries()) expect(output).toBeAllclose(expected![i]!, 0);
    dispose([expected!, read!]);
  }
  for (const each of [original, copy, images]) each.dispose();
  expect(memory().numTensors).toBe(before);
});

test('a second save takes the place of the first and leaves other files alone', async () => {
  writeFileSync(join(folder, 'weights.bin'), 'of an older version');
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  const id = '00000000-0000-4000-8000-000000000000';
  for (const name of ['model.json', 'weights.0123456789abcdef.bin'])
    writeFileSync(join(folder, `${name}.${id}.tmp`), '');
  await save(small(1));
  const first = weightsFile();
  await save(small(2));
  expect(weightsFile()).not.toBe(first);
  expect(readdirSync(folder).sort()).toEqual(['model.json', 'notes.txt', weightsFile()].sort());
  await save(small(1));
  expect(weightsFile()).toBe(first);
});

test('whoever reads a model that is replaced again and again finds one of the two, whole', async () => {
  const [one, two] = [small(1), small(2)];
  await saveLayersModel(one, folder);
  let saving = true;
  const saves = (async () => {
    for (let i = 0; i < 10; i++) await saveLayersModel(i % 2 ? one : two, folder);
    saving = false;
  })();
  while (saving) {
    const read = await readLayersModel(folder);
    const [found, ...those] = [read, one, two].map((model) => model.getWeights().map((w) => [...w.dataSync()]));
    expect(those).toContainEqual(found);
    read.dispose();
  }
  await saves;
  one.dispose();
  two.dispose();
});

test('a model is built without its initial values, and later ones have theirs', async () => {
  await save(small(1));
  const { addWeight } = layers.Layer.prototype as unknown as { addWeight: unknown };
  const models = await Promise.all([readLayersModel(folder), readLayersModel(folder), readLayersModel(folder)]);
  for (const model of models) model.dispose();
  expect((layers.Layer.prototype as unknown as { addWeight: unknown }).addWeight).toBe(addWeight);
  expect(kernelOfOnes()).toEqual([1, 1, 1, 1]);
});

test('weights in several files, as TensorFlow.js itself writes them, are read', async () => {
  await save(small(1));
  const bytes = readFileSync(join(folder, weightsFile()));
  rmSync(join(folder, weightsFile()));
  const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  json.weightsManifest[0].paths = ['group1-shard1of2', 'group1-shard2of2'];
  writeFileSync(join(folder, 'group1-shard1of2'), bytes.subarray(0, 333));
  writeFileSync(join(folder, 'group1-shard2of2'), bytes.subarray(333));
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  const copy = await readLayersModel(folder);
  const original = small(1);
  for (const [i, weight] of copy.getWeights().entries()) expect(weight).toBeAllclose(original.getWeights()[i]!, 0);
  copy.dispose();
  original.dispose();
});

describe('a damaged folder is refused', () => {
  interface Json {
    modelTopology: { config: { layers: { class_name: string; config: Record<string, unknown> }[] } } | null;
    weightsManifest: { paths: unknown[]; weights: { name: string; shape: unknown; dtype: string }[] }[];
  }

  const change = (edit: (json: Json) => void) => () => {
    const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Json;
    edit(json);
    writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  };
  const first = (json: Json) => json.weightsManifest[0]!;

  test.each<[string, () => void, RegExp]>([
    ['no model.json', () => rmSync(join(folder, 'model.json')), /needed model\.json .*: it is not there$/],
    ['half a model.json', () => truncateSync(join(folder, 'model.json'), 500), /needed model\.json .*JSON/],
    ['no weights', () => rmSync(join(folder, weightsFile())), /needed weights\.\w+\.bin for its weights: ENOENT/],
    [
      'weights cut short',
      () => truncateSync(join(folder, weightsFile()), 100),
      /its \d+ weights need \d+ bytes, weights\.\w+\.bin has 100$/,
    ],
    [
      'weights too long',
      () => writeFileSync(join(folder, weightsFile()), 'more', { flag: 'a' }),
      /its \d+ weights need (\d+) bytes, .* has \d+$/,
    ],
    [
      'a bit of the weights flipped',
      () => {
        const bytes = readFileSync(join(folder, weightsFile()));
        bytes[1000]! ^= 1;
        writeFileSync(join(folder, weightsFile()), bytes);
      },
      /was altered or torn: its bytes do not have the checksum in its name/,
    ],
    ['no topology', change((json) => Object.assign(json, { modelTopology: null })), /has no modelTopology/],
    ['no manifest', change((json) => Object.assign(json, { weightsManifest: 3 })), /has no weightsManifest/],
    [
      'a path out of the folder',
      change((json) => Object.assign(first(json), { paths: ['../secret'] })),
      /names "\.\.\/secret", needed a file in the folder itself/,
    ],
    [
      'a file of weights named again and again, to fill the memory',
      change((json) => {
        const { weights, paths } = first(json);
        weights.push(...weights);
        paths.push(...paths);
      }),
      /names "weights\.\w+\.bin" twice$/,
    ],
    ['the folder as its weights', change((json) => Object.assign(first(json), { paths: ['..'] })), /names "\.\."/],
    [
      'a shape of no numbers',
      change((json) => Object.assign(first(json).weights[0]!, { shape: [-1, 'x'] })),
      /weight "conv1\/kernel" should have a shape of whole numbers, found \[-1,"x"\]/,
    ],
    [
      'another dtype',
      change((json) => Object.assign(first(json).weights[0]!, { dtype: 'string' })),
      /weight "conv1\/kernel" has dtype "string", known are float32/,
    ],
    [
      'more weights than bytes',
      change((json) => Object.assign(first(json).weights[0]!, { shape: [1e9] })),
      /weights need 40\d{8} bytes/,
    ],
    [
      'weights of other names',
      change((json) => Object.assign(first(json).weights[0]!, { name: 'conv9/kernel' })),
      /make no model: .*conv9/,
    ],
    [
      'weights of other shapes',
      change((json) => Object.assign(first(json).weights[0]!, { shape: [72] })),
      /make no model: /,
    ],
    [
      'an unknown layer',
      change((json) => Object.assign(json.modelTopology!.config.layers[3]!, { class_name: 'Mystery' })),
      /make no model: Unknown layer: Mystery/,
    ],
    [
      'layers of many more weights than there are',
      change((json) => {
        const last = json.modelTopology!.config.layers.findLast(({ class_name: name }) => name === 'Conv2D')!;
        last.config.filters = 1e9;
      }),
      /make no model: its layers have more values than its weights, \d+: .* asks for \[.*,1000000000\]$/,
    ],
    [
      'a topology that breaks off within',
      change((json) => {
        const late = json.modelTopology!.config.layers.findLast(({ class_name: name }) => name === 'Conv2D')!;
        late.config.filters = 5;
      }),
      /make no model: /,
    ],
  ])('%s', async (_, damage, message) => {
    await save(small(1));
    damage();
    await refused(message);
  });

  test('nothing there at all', async () => {
    await refused(/needed model\.json as TensorFlow\.js writes it: it is not there$/);
  });
});
