import { type Code, f32x4, functionOf, i32, i32x4, increase, repeat } from '@hcsc/simd';

type Lane = (address: Code, value: Code, lane: number) => Code;

/**
 * Writes a plane to every `step`-th byte from `target` on, four pixels at a time, from the address `at` up to `end`.
 *
 * With a step of the bytes of a pixel, and one plane after the other, the planes become one row of pixels.
 */
const interleave = (convert: (value: Code) => Code, storeLane: Lane) =>
  functionOf({
    parameters: ['at', 'end', 'target', 'step'],
    body: (p, { local }) => {
      const value = local('v128');
      return repeat(i32.less(p.at.get, p.end.get), [
        value.set(convert(f32x4.load(p.at.get))),
        [0, 1, 2, 3].map((lane) => [storeLane(p.target.get, value.get, lane), increase(p.target, p.step.get)]),
        increase(p.at, i32.const(16)),
      ]);
    },
  });

/** {@link interleave} as float32. */
export const interleaveFloats = interleave((value) => value, f32x4.storeLane);

/** {@link interleave} as bytes: ⌊255 · clamp(x) + ½⌋. */
export const interleaveBytes = interleave((value) => {
  const clamped = f32x4.min(f32x4.max(value, f32x4.zero), f32x4.const(1));
  return i32x4.fromFloats(f32x4.add(f32x4.mul(clamped, f32x4.const(255)), f32x4.const(0.5)));
}, i32x4.storeByte);
