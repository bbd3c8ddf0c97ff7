import { type GoldenValue, goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { expect, test } from 'vitest';
import type { Size } from '../transforms/host-step.js';
import { pixelsOn } from './bytes.fixture.js';
import { type Canvas, canvas } from './canvas.js';

const golden = loadGolden('augment');
type Params = Record<string, GoldenValue>;
type Box = [number, number, number, number];

const amounts = ['brightness', 'contrast', 'saturation', 'hue'] as const;
const normalizing = (on: Canvas, { mean, std }: Params) => on.normalize(mean as number[], std as number[]);

/** By how the names of the cases begin, after `float_`. */
const operations: readonly (readonly [string, (on: Canvas, params: Params) => void])[] = [
  [
    'resize',
    (on, { crop, size, antialias }) => {
      on.crop(crop as Box, size as unknown as Size, { antialias: antialias as boolean });
    },
  ],
  ['hflip', (on) => on.flip()],
  ...amounts.map((name) => [name, (on: Canvas, { factor }: Params) => on[name](factor as number)] as const),
  ['grayscale', (on) => on.grayscale()],
  ['gaussian_blur', (on, { sigma, kernel }) => on.blur(sigma as number, kernel as number)],
  ['normalize', normalizing],
  [
    'chain',
    (on, params) => {
      const factors = params.factors as Record<string, number>;
      for (const name of params.order as unknown as typeof amounts) on[name](factors[name]!);
      normalizing(on, params);
    },
  ],
];

test.each(Object.keys(golden.expected).filter((name) => name.startsWith('float_')))('%s', (name) => {
  const kind = name.replace(/^float_/, '');
  const operation = operations.find(([prefix]) => kind.startsWith(prefix));
  if (!operation) throw new Error(`No operation for case ${name}`);
  const { image } = { ...golden.inputs.shared, ...golden.inputs[name] };
  const { shape, data } = goldenTensor(image);
  const [channels, height, width] = shape as [number, number, number];
  const pixels = height * width;
  const working = canvas();
  const bytes = Uint8Array.from(data, (_, i) => data[(i % channels) * pixels + Math.floor(i / channels)]!);
  working.load(bytes, height, width, channels);
  operation[1](working, golden.params[name] ?? {});

  const made = pixelsOn(working).data;
  const size = working.height * working.width;
  const planes = made.map((_, i) => made[(i % size) * channels + Math.floor(i / size)]!);
  expect({ shape: [channels, working.height, working.width], data: planes }).toBeAllclose(
    goldenTensor(golden.expected[name]!.out),
    toleranceOf(golden, name, 'out'),
  );
});
