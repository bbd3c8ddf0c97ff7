import { createRng, restoreRng } from '@hcsc/random';
import { add, dispose, div, memory, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { applyStep } from '../host/apply-step.js';
import { canvas } from '../host/canvas.js';
import {
  centerCrop,
  colorJitter,
  gaussianBlur,
  type ImageSource,
  imageFolder,
  memorySource,
  normalize,
  randomGrayscale,
  randomResizedCrop,
  resize,
  stopImageWorkers,
  subset,
  type Transform,
  type View,
  type ViewLoaderOptions,
  view,
  viewLoader,
  views,
} from '../index.js';
import { folderOf, pattern, png } from '../sources/image-files.fixture.js';
import { splitPlan } from '../views/split-plan.js';
import { epochOf } from './epoch-of.fixture.js';

const N = 23;
const [H, W] = [9, 7];
const source = memorySource(pattern(N * H * W * 3), [H, W, 3], { labels: Array.from({ length: N }, (_, i) => i % 3) });
const plan = views(
  view(
    randomResizedCrop(6, { scale: [0.3, 1], flip: 0.5 }),
    colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }),
    randomGrayscale(0.3),
    gaussianBlur({ sigma: [0.1, 1], p: 0.5 }),
    normalize([0.5, 0.4, 0.3], [0.2, 0.2, 0.25]),
  ),
  view(randomResizedCrop([4, 5])),
);

afterAll(stopImageWorkers);

test('each image’s views are what its own random stream makes of it, in the order of the epoch', async () => {
  const options = { batchSize: 5, rng: createRng(3), workers: 2 };
  const images = await epochOf(source, plan, options, 2);
  const order = createRng(3).fork('order of epoch 2').permutation(N);
  expect(images.map(({ index }) => index)).toEqual([...order]);
  expect(images.map(({ label }) => label)).toEqual([...order].map((index) => index % 3));
  const working = canvas();
  const streams = restoreRng(createRng(3).fork('views of epoch 2').state());
  for (const [position, index] of order.entries()) {
    working.load(await source.read([index]), H, W, 3);
    const expected = splitPlan(plan).host.map((steps, view) => {
      working.restart();
      const rng = streams.fork(`${position} ${view}`);
      for (const step of steps) applyStep(working, step, rng);
      const values = new Float32Array(working.height * working.width * 3);
      working.write(values, 0);
      return [...values];
    });
    expect(images[position]!.views).toEqual(expected);
  }
});

test('what is not random is what the device makes of the images', async () => {
  const fixed = views(view(resize(8), centerCrop([6, 5]), normalize([0.5], [0.25])), view(resize([4, 4])));
  const before = memory().numTensors;
  const loaded = viewLoader(source, fixed, { batchSize: N, rng: createRng(0), shuffle: false });
  for await (const batch of loaded.batches(0)) {
    const bytes = await source.read(batch.indices);
    const images = tensor4d(
      Float32Array.from(bytes, (byte) => byte / 255),
      [N, H, W, 3],
    );
    const expected = fixed.apply(images, createRng(0));
    for (const [i, made] of batch.views.entries()) expect(made).toBeAllclose(expected[i]!, 1e-5);
    dispose([images, ...expected]);
    batch.dispose();
  }
  expect(memory().numTensors).toBe(before);
});

describe('the same views', () => {
  const options = { batchSize: 4, rng: createRng(1), workers: 1 };
  const whole = () => epochOf(source, plan, options, 1);

  test('with another number of workers, batches of another size, and read further ahead', async () => {
    const expected = await whole();
    expect(await epochOf(source, plan, { ...options, workers: 3 }, 1)).toEqual(expected);
    expect(await epochOf(source, plan, { ...options, batchSize: 9, prefetch: 5 }, 1)).toEqual(expected);
  });

  test('from any batch on', async () => {
    const expected = await whole();
    for (const from of [1, 3, 5, 6]) {
      expect(await epochOf(source, plan, options, 1, from)).toEqual(expected.slice(4 * from));
    }
  });

  test('in parts, for several ranks', async () => {
    const expected = await whole();
    for (const rank of [0, 1, 2]) {
      const part = await epochOf(source, plan, { ...options, rank, size: 3 }, 1);
      expect(part).toEqual(expected.filter((_, position) => position % 3 === rank));
    }
  });

  test('but others in another epoch and from another seed', async () => {
    const expected = await whole();
    const sorted = (images: typeof expected) => [...images].sort((a, b) => a.index - b.index);
    expect(sorted(await epochOf(source, plan, options, 2))).not.toEqual(sorted(expected));
    expect(sorted(await epochOf(source, plan, { ...options, rng: createRng(2) }, 1))).not.toEqual(sorted(expected));
  });
});

test('a transform of the user’s own, and what follows it, is left to the device', async () => {
  const own: Transform = (images) => add(images, 1) as Tensor4D;
  const mixed = views(view(resize([5, 5]), own, normalize([1], [2])), view(own));
  const before = memory().numTensors;
  const loaded = viewLoader(source, mixed, { batchSize: N, rng: createRng(0), shuffle: false });
  expect(loaded.plan.views.map(({ transforms }) => transforms.length)).toEqual([2, 1]);
  for await (const batch of loaded.batches(0)) {
    expect(batch.views.map(({ shape }) => shape)).toEqual([
      [N, 5, 5, 3],
      [N, H, W, 3],
    ]);
    const made = loaded.plan.apply(batch.views, createRng(0));
    const bytes = await source.read(Array.from({ length: N }, (_, i) => i));
    expect(made[1]).toBeAllclose({ shape: [N, H, W, 3], data: Array.from(bytes, (byte) => byte / 255 + 1) }, 1e-6);
    const half = div(batch.views[0]!, 2); // (x + 1 − 1) / 2
    expect(made[0]).toBeAllclose(half, 1e-6);
    dispose([half, ...made]);
    batch.dispose();
  }
  expect(memory().numTensors).toBe(before);
});

test('leaving early leaves no tensor, and tensors outlive the batches after them', async () => {
  const before = memory().numTensors;
  const kept: { tensor: Tensor4D; values: number[] }[] = [];
  for await (const batch of viewLoader(source, plan, { batchSize: 4, rng: createRng(0) }).batches(0)) {
    if (batch.index < 2) kept.push({ tensor: batch.views[0]!.clone(), values: [...batch.views[0]!.dataSync()] });
    batch.dispose();
    if (batch.index === 4) break;
  }
  for (const { tensor, values } of kept) {
    expect([...tensor.dataSync()]).toEqual(values);
    tensor.dispose();
  }
  expect(memory().numTensors).toBe(before);
});

test('errors of the source come to the consumer', async () => {
  const broken: ImageSource = { ...source, read: async () => Promise.reject(new Error('disk on fire')) };
  await expect(epochOf(broken, plan, { batchSize: 4, rng: createRng(0) })).rejects.toThrow('disk on fire');
  for (const length of [3, 5 * H * W * 3]) {
    const wrong: ImageSource = { ...source, read: async () => new Uint8Array(length) };
    await expect(epochOf(wrong, plan, { batchSize: 4, rng: createRng(0) })).rejects.toThrow(
      `4 images of [9,7,3] are 756 bytes, but read() gave ${length}`,
    );
  }
});

test('a batch that no memory holds is refused with what it takes', async () => {
  const enormous = views(view(resize(100_000)));
  await expect(epochOf(source, enormous, { batchSize: N, rng: createRng(0) })).rejects.toThrow(
    /23 images: a batch takes \d+ MiB.* give a smaller batchSize/,
  );
});

test('without a source of randomness there are no views', () => {
  const options = { batchSize: 4, shuffle: false } as unknown as ViewLoaderOptions;
  expect(() => viewLoader(source, plan, options)).toThrow(/give rng: createRng\(seed\)/);
});

test.each<[View, RegExp]>([
  [view(centerCrop([20, 20])), /20 x 20 out of the middle of images of 9 x 7/],
  [view(resize(8), centerCrop(7), centerCrop([7, 8])), /7 x 8 out of the middle of images of 7 x 7/],
  [view(centerCrop(4), gaussianBlur({ kernel: 9 })), /images of 4 x 4 with a kernel of 9/],
  [view(randomResizedCrop(4), normalize([0.5, 0.5], [1])), /3 channels by 2 numbers/],
])('what no image can be put through is refused at once (%#)', async (impossible, message) => {
  const make = (of: ImageSource) => () => viewLoader(of, views(impossible), { batchSize: 4, rng: createRng(0) });
  expect(make(source)).toThrow(RangeError);
  expect(make(source)).toThrow(message);
});

test('a view of another size than the images is not the rule for images of different sizes', async () => {
  const tiny = await png(pattern(2 * 3 * 3), 2, 3);
  const folder = folderOf({ 'a/0.png': tiny, 'a/1.png': await png(pattern(9 * 9 * 3), 9, 9) });
  const options = { batchSize: 2, rng: createRng(0), shuffle: false };
  const cut = views(view(centerCrop(5)));
  const [first, second] = await epochOf(await imageFolder(folder, { size: 4, onUnreadable: 'skip' }), cut, options);
  expect(first!.views).toEqual(second!.views);
  const grey = await imageFolder(folder, { size: 4, channels: 1, onUnreadable: 'skip' });
  const wrong = views(view(randomResizedCrop(4), normalize([0.5, 0.5, 0.5], [1])));
  expect(() => viewLoader(grey, wrong, options)).toThrow(/1 channels by 3 numbers/);
});

test.each([
  [{ workers: 0 }, /0 workers/],
  [{ workers: 1.5 }, /1.5 workers/],
  [{ prefetch: 0 }, /0 batches ahead/],
  [{ batchSize: 0 }, /batches of 0 images/],
])('%j is refused', (options, message) => {
  expect(() => viewLoader(source, plan, { batchSize: 4, rng: createRng(0), ...options })).toThrow(message);
});

describe('images of different sizes', () => {
  const files = async () => {
    const images: Record<string, Buffer> = {};
    for (let i = 0; i < 12; i++) {
      images[`${'ab'[i % 2]}/${i}.png`] = await png(pattern((10 + i) * (20 - i) * 3, i + 1), 10 + i, 20 - i);
    }
    return images;
  };

  test('are cropped from the whole of each', async () => {
    const folder = await imageFolder(folderOf(await files()), { size: 8 });
    expect(folder.length).toBe(12);
    const images = await epochOf(folder, plan, { batchSize: 5, rng: createRng(4), workers: 2 });
    const working = canvas();
    const streams = createRng(4).fork('views of epoch 0');
    for (const [position, { index, views }] of images.entries()) {
      const i = Number(folder.originals!.images.nameOf(index).match(/(\d+)\.png/)![1]);
      expect(folder.labels![index]).toBe(i % 2);
      working.load(pattern((10 + i) * (20 - i) * 3, i + 1), 10 + i, 20 - i, 3);
      for (const step of splitPlan(plan).host[1]!) applyStep(working, step, streams.fork(`${position} 1`));
      const values = new Float32Array(4 * 5 * 3);
      working.write(values, 0);
      expect(views[1]).toEqual([...values]);
    }
  });

  test('are as read() gives them for a view that begins with something else', async () => {
    const folder = await imageFolder(folderOf(await files()), { size: 8 });
    const own: Transform = (images) => images.clone();
    const [first] = await epochOf(folder, views(view(own)), { batchSize: 12, rng: createRng(0), shuffle: false });
    const bytes = await folder.read([0]);
    for (const [i, value] of first!.views[0]!.entries()) expect(Math.abs(255 * value - bytes[i]!)).toBeLessThan(0.501);
  });

  test('one that cannot be read is an error with its name, or the next of its class takes its place', async () => {
    const content = { ...(await files()), 'a/2.png': Buffer.from('no image'), 'a/4.png': Buffer.alloc(0) };
    const place = folderOf(content);
    const options = { batchSize: 5, rng: createRng(4), workers: 2 };
    const strict = await imageFolder(place, { size: 8 });
    await expect(epochOf(strict, plan, options)).rejects.toThrow(/[24]\.png.*expected an image/);

    const lenient = await imageFolder(place, { size: 8, onUnreadable: 'skip' });
    const names = Array.from({ length: 12 }, (_, i) => lenient.originals!.images.nameOf(i));
    const at = (name: string) => names.findIndex((other) => other.endsWith(name));
    const images = await epochOf(lenient, plan, options);
    expect(images.length).toBe(12);
    expect(lenient.unreadable.map(({ name }) => name.slice(-7))).toEqual(['a/2.png', 'a/4.png']);
    expect(lenient.unreadable[0]!.reason).toMatch(/unsupported image format/);
    const again = await epochOf(lenient, plan, { ...options, workers: 3, batchSize: 4 });
    expect(again).toEqual(images);
    // The next of class a after 2 is 4, which is empty, and then 6.
    const [two, six] = [at('a/2.png'), at('a/6.png')];
    expect(await lenient.read([two])).toEqual(await lenient.read([six]));
    const chosen = subset(lenient, [two, six]);
    expect(await chosen.read([0])).toEqual(await chosen.read([1]));
    // A subset has its replacements from among its own images.
    const eight = at('a/8.png');
    expect(await subset(lenient, [eight, two]).read([1])).toEqual(await lenient.read([eight]));
    const [left] = lenient.unreadable;
    expect(chosen.unreadable).toEqual([{ ...left, index: 0 }]);
  });

  test('none of a class that can be read is an error', async () => {
    const place = folderOf({ ...(await files()), 'c/only.png': Buffer.from('no image') });
    const folder = await imageFolder(place, { size: 8, onUnreadable: 'skip' });
    await expect(folder.read([folder.length - 1])).rejects.toThrow(/any image of class c .*unsupported image format/);
  });
});
