import { type Code, count, f32x4, f64x2, functionOf, i32, increase, type Local } from '@hcsc/simd';

/** Planes are as long as a multiple of this many bytes; what is behind the last pixel may be anything. */
export const PLANE_STEP = 32;

/**
 * A formula over four pixels: from the values of each plane, and constants by name, to new values.
 *
 * `keep` names a part of the formula: it is computed once, however often it is used.
 */
type Formula<Constant extends string> = (
  planes: readonly Code[],
  constants: Readonly<Record<Constant, Code>>,
  keep: (value: Code) => Code,
) => readonly Code[];

/**
 * Replaces the pixels of `planes` planes, `bytes` long and `stride` bytes apart, by a formula of them.
 *
 * A formula over one plane goes over all planes of an image at once, as they lie one behind the other.
 */
export function mapPlanes<Constant extends string>(
  planes: number,
  constants: readonly Constant[],
  formula: Formula<Constant>,
) {
  return functionOf<'at' | 'bytes' | 'stride' | Constant>({
    parameters: ['at', 'bytes', 'stride', ...constants],
    floats: constants,
    body: (p, { local }) => {
      const counter = local();
      const pointers = Array.from({ length: planes }, () => local());
      const held = constants.map((name) => [name, local('v128')] as const);
      const named = Object.fromEntries(held.map(([name, { get }]) => [name, get])) as Record<Constant, Code>;
      const fourPixels = (offset: number) => {
        const [steps, keep] = keeping(local);
        const results = formula(
          pointers.map(({ get }) => keep(f32x4.load(get, offset))),
          named,
          keep,
        );
        return [steps, results.map((result, i) => f32x4.store(pointers[i]!.get, result, offset))];
      };
      return [
        held.map(([name, lanes]) => lanes.set(f32x4.splat(p[name].get))),
        pointers.map((pointer, i) => pointer.set(i32.add(p.at.get, i32.mul(p.stride.get, i32.const(i))))),
        count(counter, p.bytes.get, PLANE_STEP, [
          fourPixels(0),
          fourPixels(16),
          pointers.map((pointer) => increase(pointer, i32.const(PLANE_STEP))),
        ]),
      ];
    },
  });
}

/** Sums a formula over the pixels, as {@link mapPlanes}: two sums of 64 bits, of which the sum is the result, at `result`. */
export function sumPlanes(planes: number, formula: (planes: readonly Code[]) => Code) {
  return functionOf({
    parameters: ['at', 'bytes', 'stride', 'result'],
    body: (p, { local }) => {
      const counter = local();
      const pointers = Array.from({ length: planes }, () => local());
      const [value, low, high] = [local('v128'), local('v128'), local('v128')];
      const fourPixels = (offset: number) => [
        value.set(formula(pointers.map(({ get }) => f32x4.load(get, offset)))),
        low.set(f64x2.add(low.get, f64x2.fromLow(value.get))),
        high.set(f64x2.add(high.get, f64x2.fromHigh(value.get))),
      ];
      return [
        pointers.map((pointer, i) => pointer.set(i32.add(p.at.get, i32.mul(p.stride.get, i32.const(i))))),
        count(counter, p.bytes.get, PLANE_STEP, [
          fourPixels(0),
          fourPixels(16),
          pointers.map((pointer) => increase(pointer, i32.const(PLANE_STEP))),
        ]),
        f64x2.store(p.result.get, f64x2.add(low.get, high.get)),
      ];
    },
  });
}

/** Collects what a formula keeps: the steps that compute it, in order. */
function keeping(local: (type: 'v128') => Local): [steps: Code[], keep: (value: Code) => Code] {
  const steps: Code[] = [];
  return [
    steps,
    (value) => {
      const kept = local('v128');
      steps.push(kept.set(value));
      return kept.get;
    },
  ];
}
