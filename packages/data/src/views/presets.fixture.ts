import { evaluation, hcscMultiCrop, mocoV1, mocoV2, ressl, simclr, type ViewPlan } from '../index.js';

/** Every preset, small and with all it can do, and the sizes of its views. */
export const presets: readonly (readonly [
  name: string,
  plan: ViewPlan,
  sizes: readonly (readonly [height: number, width: number])[],
])[] = [
  ['mocoV1', mocoV1({ size: 12 }), pair([12, 12])],
  ['mocoV2', mocoV2({ size: [12, 10], blur: {} }), pair([12, 10])],
  ['mocoV2 with the blur of PIL', mocoV2({ size: [12, 10], blur: { approximation: 'box' } }), pair([12, 10])],
  ['simclr', simclr({ size: [10, 12], blur: { kernel: 3 }, interpolation: 'bicubic' }), pair([10, 12])],
  ['ressl', ressl({ size: 9, blur: {} }), pair([9, 9])],
  [
    'hcscMultiCrop',
    hcscMultiCrop({ sizes: [14, 8], minScales: [0.2, 0.1], maxScales: [1, 0.4], counts: [2, 2], blur: {} }),
    [...pair([14, 14]), ...pair([8, 8])],
  ],
  ['evaluation', evaluation({ size: 12 }), [[12, 12]]],
];

function pair<const T>(one: T): [T, T] {
  return [one, one];
}
