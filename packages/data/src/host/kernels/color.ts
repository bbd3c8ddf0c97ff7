import { type Code, f32x4 } from '@hcsc/simd';
import { mapPlanes, sumPlanes } from './map-planes.js';

const { add, sub, mul, div, abs, min, max, nearest, equal, atLeast, select } = f32x4;
const number = f32x4.const;
const clamp = (x: Code) => min(max(x, number(0)), number(1));
const luminance = ([r, g, b]: readonly Code[]) =>
  add(add(mul(r!, number(0.2989)), mul(g!, number(0.587))), mul(b!, number(0.114)));

/** Operations on pixels, one by one; the formulas are those of the transforms on tensors. */
export const colorFunctions = {
  clamp: mapPlanes(1, [], ([x]) => [clamp(x!)]),
  /** clamp(x · factor + addend): brightness, and contrast once the mean is known. */
  scale: mapPlanes(1, ['factor', 'addend'], ([x], { factor, addend }) => [clamp(add(mul(x!, factor), addend))]),
  /** clamp(x · factor + gray · rest), rest being 1 − factor. */
  saturate: mapPlanes(3, ['factor', 'rest'], (rgb, { factor, rest }, keep) => {
    const gray = keep(mul(luminance(rgb), rest));
    return rgb.map((x) => clamp(add(mul(x, factor), gray)));
  }),
  grayscale: mapPlanes(3, [], (rgb, _, keep) => {
    const gray = keep(luminance(rgb));
    return [gray, gray, gray];
  }),
  /** See `adjustHue`. */
  turnHue: mapPlanes(3, ['turns'], ([r, g, b], { turns }, keep) => {
    const value = keep(max(max(r!, g!), b!));
    const chroma = keep(sub(value, min(min(r!, g!), b!)));
    const isRed = keep(equal(value, r!));
    const isGreen = keep(equal(value, g!));
    const of = (red: Code, green: Code, blue: Code) => select(isRed, red, select(isGreen, green, blue));
    const difference = of(sub(g!, b!), sub(b!, r!), sub(r!, g!));
    const sixths = add(div(difference, max(chroma, number(1e-20))), of(number(0), number(2), number(4)));
    const turned = keep(add(div(sixths, number(6)), turns));
    return [1 / 2, 1 / 6, -1 / 6].map((offset) => {
      const hue = keep(add(turned, number(offset)));
      const share = clamp(sub(number(2), mul(number(6), abs(sub(hue, nearest(hue))))));
      return clamp(sub(value, mul(chroma, share)));
    });
  }),
  solarize: mapPlanes(1, ['threshold'], ([x], { threshold }) => [
    select(atLeast(x!, threshold), sub(number(1), x!), x!),
  ]),
  normalize: mapPlanes(1, ['mean', 'standardDeviation'], ([x], { mean, standardDeviation }) => [
    div(sub(x!, mean), standardDeviation),
  ]),
  sum: sumPlanes(1, ([x]) => x!),
  sumLuminance: sumPlanes(3, luminance),
};
