import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { normalize, resize, view } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { semanticPairs } from '@hcsc/samplers';
import {
  importBackbone,
  readSafetensors,
  type StoredTensor,
  saveLayersModel,
  writeSafetensors,
  writeTorch,
} from '@hcsc/weights';
import { dispose, mul, scalar, type Tensor2D, type Tensor4D, tensor4d, tidy, tile } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { pretrain } from '../pretrain.js';
import { toyMethod, toyRecipe } from '../toy-recipe.fixture.js';
import { folder } from '../toy-run.fixture.js';
import { type EncoderFromOptions, encoderFrom } from './encoder-from.js';
import { minedPairs } from './mined-pairs.js';
import type { MiningEncoder } from './mining-encoder.js';
import { contextIn, kinds } from './pairs.fixture.js';

/** The smallest ResNet there is, by torchvision's names. */
function weights(channels: number, seed = 1, before = ''): Record<string, StoredTensor> {
  const rng = createRng(seed);
  const float = (name: string, shape: number[], draw: () => number): [string, StoredTensor] => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, draw);
    return [before + name, { dtype: 'float32', shape, data }];
  };
  const conv = (name: string, inputs: number) => float(`${name}.weight`, [3, inputs, 3, 3], () => rng.normal());
  const norm = (name: string) => [
    float(`${name}.weight`, [3], () => 1 + rng.uniform()),
    float(`${name}.bias`, [3], () => rng.normal()),
    float(`${name}.running_mean`, [3], () => rng.normal()),
    float(`${name}.running_var`, [3], () => 0.5 + rng.uniform()),
  ];
  return Object.fromEntries([
    ...[conv('conv1', channels), ...norm('bn1')],
    ...[conv('layer1.0.conv1', 3), ...norm('layer1.0.bn1')],
    ...[conv('layer1.0.conv2', 3), ...norm('layer1.0.bn2')],
  ]);
}

/** The unit features that images, prepared by hand, have of the weights in a file. */
async function byHand(path: string, shown: (images: Tensor4D) => Tensor4D, options: EncoderFromOptions = {}) {
  const pixels = new Float32Array(await kinds.read(Array.from({ length: 30 }, (_, i) => i)));
  const images = tidy(() =>
    shown(
      tensor4d(
        pixels.map((value) => value / 255),
        [30, 4, 4, 1],
      ),
    ),
  );
  const [, ...inputShape] = images.shape;
  const { model } = await importBackbone(path, { ...options, inputShape });
  const features = model.predict(images) as Tensor2D;
  const rows = (await features.array()).map((row) => row.map((value) => value / Math.hypot(...row)));
  dispose([images, features]);
  model.dispose();
  return rows;
}

async function mined(encoder: MiningEncoder, place = 'one') {
  const at = contextIn(join(folder, place));
  await minedPairs({ encoder, miner: semanticPairs({ lower: 0.9, upper: 1 }) }).find(at.context);
  const { tensors } = await readSafetensors(join(at.context.folder, 'features.safetensors'));
  const { shape, data } = tensors.features!;
  return {
    ...at,
    rows: Array.from({ length: shape[0]! }, (_, i) => [
      ...(data as Float32Array).subarray(i * shape[1]!, (i + 1) * shape[1]!),
    ]),
  };
}

const close = (rows: number[][], wanted: number[][]) => {
  expect(rows).toHaveLength(wanted.length);
  for (const [i, row] of wanted.entries()) {
    for (const [j, value] of row.entries()) expect(rows[i]![j]).toBeCloseTo(value, 4);
  }
};

test('weights for grey images', async () => {
  const path = join(folder, 'grey.safetensors');
  await writeSafetensors(path, weights(1));
  const { rows } = await mined(encoderFrom(path));
  close(rows, await byHand(path, (images) => images.clone()));
});

test('weights for RGB images are shown grey ones with three equal channels, as the view makes them', async () => {
  const path = join(folder, 'moco.pth');
  const both = { ...weights(3, 1, 'module.encoder_q.'), ...weights(3, 2, 'module.encoder_k.') };
  await writeTorch(path, both, { value: { epoch: 3 } });
  const rgb = (images: Tensor4D) => tile(images, [1, 1, 1, 3]);
  const [plain, key] = [await mined(encoderFrom(path)), await mined(encoderFrom(path, { encoder: 'key' }), 'two')];
  close(plain.rows, await byHand(path, rgb));
  close(key.rows, await byHand(path, rgb, { encoder: 'key' }));
  const seen = view(resize([6, 6]), normalize([0.1, 0.2, 0.3], [0.5, 0.5, 0.6]));
  const viewed = await mined(encoderFrom(path, { view: seen }), 'three');
  close(viewed.rows, await byHand(path, (images) => seen.apply(rgb(images), createRng(0))));
  expect(viewed.rows).not.toEqual(plain.rows);
});

test('the recipe says how images are shown where no view does', async () => {
  const path = join(folder, 'grey.safetensors');
  await writeSafetensors(path, weights(1));
  const half = (images: Tensor4D): Tensor4D => tidy(() => mul(images, scalar(0.5)));
  const { context } = contextIn(folder, { prepare: half });
  await minedPairs({ encoder: encoderFrom(path), miner: semanticPairs({ lower: 0.9, upper: 1 }) }).find(context);
  const { tensors } = await readSafetensors(join(context.folder, 'features.safetensors'));
  close([[...(tensors.features!.data as Float32Array).subarray(0, 3)]], (await byHand(path, half)).slice(0, 1));
});

test('other weights in the same place are noticed, and weights that were moved away are not needed', async () => {
  const path = join(folder, 'grey.safetensors');
  await writeSafetensors(path, weights(1));
  const first = await mined(encoderFrom(path));
  await writeSafetensors(path, weights(1, 2));
  const second = await mined(encoderFrom(path));
  expect(second.notices.join()).toMatch(/Embedding anew: weights was "[0-9a-f]{16}" and is "[0-9a-f]{16}"/);
  expect(second.rows).not.toEqual(first.rows);
  renameSync(path, `${path}.away`);
  const third = await mined(encoderFrom(path));
  expect(third).toMatchObject({ works: [], notices: [], rows: second.rows });
  await expect(mined(encoderFrom(path), 'two')).rejects.toThrow(/Cannot read weights from .*: it is not there/);
});

test('a run folder has its encoder', async () => {
  const recipe = { ...toyRecipe, data: { name: 'kinds', train: async () => kinds } };
  const { method } = await pretrain(recipe, { folder: join(folder, 'run') });
  const images = tensor4d(
    new Float32Array(await kinds.read([4])).map((value) => value / 255),
    [1, 4, 4, 1],
  );
  const features = method.encoder.predict(images) as Tensor2D;
  const [row] = await features.array();
  dispose([images, features]);
  method.dispose();
  const { rows } = await mined(encoderFrom(join(folder, 'run')));
  close([rows[4]!], [row!.map((value) => value / Math.hypot(...row!))]);
});

test('images that do not fit are refused with what is needed', async () => {
  const small = encoderFrom(join(folder, 'run'), { view: view(resize([6, 6])) });
  const { encoder, dispose: free } = toyMethod();
  await saveLayersModel(encoder, join(folder, 'run/encoder'));
  free();
  await expect(mined(small)).rejects.toThrow(
    'Cannot embed kinds with run: it takes images [4, 4, 1] (height, width, channels), and is shown [6, 6, 1]: ' +
      'give encoderFrom a view that makes them, view(resize([4, 4])) for example',
  );
  await writeSafetensors(join(folder, 'two.safetensors'), weights(2));
  await expect(mined(encoderFrom(join(folder, 'two.safetensors')), 'two')).rejects.toThrow(
    /takes images \[\d+, \d+, 2\]/,
  );
  await writeSafetensors(join(folder, 'none.safetensors'), {});
  await expect(mined(encoderFrom(join(folder, 'none.safetensors')), 'three')).rejects.toThrow(
    /Cannot import a backbone from/,
  );
  expect(existsSync(join(folder, 'three/spps/pairs/lock.json'))).toBe(false);
});
