import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import { add, type Tensor4D, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  colorJitter,
  compose,
  type DrawnTransform,
  drawnTransform,
  gaussianBlur,
  type JitterDraws,
  mocoV2,
  perImage,
  randomGrayscale,
  randomHorizontalFlip,
  randomResizedCrop,
  type Transform,
  view,
  views,
} from '../index.js';
import { expectOwned, expectRefused, noise } from '../transforms/images.fixture.js';

describe.each([1, 3, 5])('MoCo v2 views of %i channels', (channels) => {
  const images = noise([6, 20, 16, channels]);

  test('are two, different, of the size asked for, in range, and belong to the caller', () => {
    expectOwned(() => {
      const made = mocoV2({ size: [12, 10] }).apply(images, createRng(1));
      expect(made.map((m) => m.shape)).toEqual([
        [6, 12, 10, channels],
        [6, 12, 10, channels],
      ]);
      const [a, b] = made.map((m) => m.dataSync()) as [Float32Array, Float32Array];
      expect([...a]).not.toEqual([...b]);
      for (const value of [...a, ...b]) expect(value >= 0 && value <= 1 + 1e-6).toBe(true);
      return made;
    });
    expect(images.isDisposed).toBe(false);
  });

  test('are the same again from the same seed, and others from another', () => {
    const make = (seed: number) =>
      mocoV2({ size: 12 })
        .apply(images, createRng(seed))
        .map((m) => [...m.dataSync()]);
    expect(make(4)).toEqual(make(4));
    expect(make(4)).not.toEqual(make(5));
  });
});

test('with everything off, a view is the image', () => {
  const images = noise([3, 8, 8, 3]);
  const plan = mocoV2({ size: 8, scale: [1, 1], ratio: [1, 1], flip: 0, jitter: false, grayscale: 0 });
  for (const made of plan.apply(images, createRng(0))) expect(made).toBeAllclose(images, 0);
});

test('blur from 64 pixels on, unless said otherwise; normalisation last', () => {
  const steps = (options: Parameters<typeof mocoV2>[0]) => mocoV2(options).views[0]!.transforms.length;
  expect(steps({ size: 63 })).toBe(3);
  expect(steps({ size: [64, 64] })).toBe(4);
  expect(steps({ size: 28, blur: {} })).toBe(4);
  expect(steps({ size: 224, blur: false })).toBe(3);
  const constant = tensor(new Float32Array(2 * 4 * 4).fill(0.5), [2, 4, 4, 1]) as Tensor4D;
  const normalised = mocoV2({ size: 4, jitter: false, normalize: { mean: [0.3], standardDeviation: [0.1] } });
  for (const made of normalised.apply(constant, createRng(0))) {
    expect(made).toBeAllclose(new Float32Array(32).fill(2), 1e-5);
  }
});

test('part of the jitter can be replaced, the rest stays', () => {
  const jitter = mocoV2({ size: 4, jitter: { contrast: 0, p: 1 } }).views[0]!.transforms[1]!;
  const { blends } = (jitter as DrawnTransform<JitterDraws>).draw([50, 4, 4, 1], createRng(0));
  expect(blends.length).toBe(100); // one slot: brightness only
  expect(Math.max(...blends.subarray(0, 50))).toBeGreaterThan(1.3);
  expect(Math.max(...blends.subarray(50))).toBe(0);
});

test.each([1, 3])('draws may be given back as tensors, %i channels', (channels) => {
  const images = noise([5, 9, 7, channels]);
  for (const transform of [
    randomResizedCrop([6, 6], { flip: 0.5 }),
    randomHorizontalFlip(),
    colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
    randomGrayscale(0.5),
    gaussianBlur(),
  ] as readonly DrawnTransform[]) {
    const draws = transform.draw(images.shape, createRng(1));
    const tensors = Object.entries(draws).map(([name, values]) => [name, tensor1d(values)] as const);
    expectOwned(() => {
      const given = transform.applyWith(images, Object.fromEntries(tensors));
      const drawn = transform(images, createRng(1));
      expect(given).toBeAllclose(drawn, 0);
      return [given, drawn];
    });
  }
});

describe.each([1, 3])('compiled, %i channels', (channels) => {
  const images = noise([5, 9, 7, channels]);
  const everything = mocoV2({ size: [8, 6], blur: { p: 0.7 }, normalize: { mean: [0.3], standardDeviation: [0.2] } });
  const flips = view(randomHorizontalFlip(), gaussianBlur({ p: 0.5, kernel: 3 }), colorJitter({ hue: 0.2 }));

  test.each([everything, views(flips, flips)])('views are drawn anew at each call, as plain ones are', (plan) => {
    const [plain, traced] = [createRng(3), createRng(3)];
    const compiled = replayed((batch: Tensor4D) => [...plan.apply(batch, traced.fork('views'))]);
    const seen = new Set<string>();
    for (let step = 0; step < 3; step++) {
      const state = createRng(3).fork(step).state();
      for (const rng of [plain, traced]) rng.restore(state);
      expectOwned(() => {
        const made = compiled(images);
        const expected = plan.apply(images, plain.fork('views'));
        made.forEach((view, i) => {
          expect(view).toBeAllclose(expected[i]!, 0);
          seen.add(String(view.dataSync()));
        });
        return [...made, ...expected];
      });
    }
    expect(seen.size).toBe(6);
  });

  test('a transform draws once at each call, however many of its arrays are used', () => {
    let draws = 0;
    const transform = drawnTransform({
      draw([n], rng) {
        draws++;
        const shift = Float32Array.from({ length: n }, () => rng.uniform());
        return { shift, same: shift, unused: new Float32Array(0) };
      },
      applyWith(x, { shift, same }) {
        expect(same).toBe(shift);
        return add(x, perImage('shift', shift, [x.shape[0], 1, 1, 1])) as Tensor4D;
      },
    });
    const rng = createRng(1);
    const compiled = replayed((batch: Tensor4D) => transform(batch, rng));
    const first = compiled(images);
    draws = 0;
    const second = compiled(images);
    expect(draws - 1).toBe(1); // and once to learn the shapes, since the test's compiler runs the function again
    expect([compiled.reads, [...first.dataSync()].every((value, i) => value !== second.dataSync()[i])]).toEqual([
      2,
      true,
    ]);
    for (const t of [first, second]) t.dispose();
  });

  test('a trace that fails has drawn nothing', () => {
    const rng = createRng(1);
    const fails = replayed((batch: Tensor4D) => {
      const made = everything.apply(batch, rng);
      made[0].dataSync();
      return [...made];
    });
    expectRefused(() => fails(images), /Cannot read the values/);
    expect(rng.state()).toEqual(createRng(1).state());
  });
});

test('bad options are refused', () => {
  expect(() => mocoV2({ size: 0 })).toThrow(/Cannot resize to \[0,0\]/);
  expect(() => mocoV2({ size: 8, scale: [0.5, 0.2] })).toThrow(/scale/);
  expect(() => mocoV2({ size: 8, grayscale: 3 })).toThrow(/3 as p/);
});

describe('plans', () => {
  const images = noise([2, 4, 4, 1]);
  const fail: Transform = () => {
    throw new Error('no such luck');
  };

  test('a transform that throws leaves no tensor behind, whatever was made before', () => {
    expectRefused(
      () => views(view(randomHorizontalFlip()), view(randomHorizontalFlip(), fail)).apply(images, createRng(0)),
      /luck/,
    );
    expectRefused(() => compose(randomHorizontalFlip(), fail)(images, createRng(0)), /luck/);
  });

  test('transforms that hand their input back do not share it', () => {
    const idle: Transform = (x) => x;
    const idleDrawn = drawnTransform({ draw: () => ({}), applyWith: (x) => x });
    expectOwned(() => view(idle).apply(images, createRng(0)));
    expectOwned(() => view().apply(images, createRng(0)));
    expectOwned(() => idleDrawn(images, createRng(0)));
    expect(images.isDisposed).toBe(false);
  });

  test('take images only, and at least one view', () => {
    expect(() => views()).toThrow(/at least one/);
    const vector = tensor([1]) as never;
    expectRefused(() => view().apply(vector, createRng(0)), /shape \[1\]/);
    const bytes = tensor([1, 2], [1, 1, 2, 1], 'int32') as Tensor4D;
    expectRefused(() => mocoV2({ size: 2 }).apply(bytes, createRng(0)), /int32 tensor.*float32 in 0 to 1/);
    bytes.dispose();
  });
});
