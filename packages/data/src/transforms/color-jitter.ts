import type { Rng } from '@hcsc/random';
import { add, mean, mul, type Tensor, type Tensor4D, unstack } from '@tensorflow/tfjs-core';
import { turnHue } from './adjust-hue.js';
import { blendPlanes, fromPlanes, grayPlane, planesOf } from './color-planes.js';
import { assertProbability, assertRange } from './draws.js';
import { type DrawnTransform, type Draws, drawnTransform, type GivenDraws, perImage } from './transform.js';

/** How much an operation varies: `b` means factors in [max(0, 1 − b), 1 + b]; or the range itself. */
export type JitterStrength = number | readonly [min: number, max: number];

/** Options of {@link colorJitter}. */
export interface ColorJitterOptions {
  /** Factors of the brightness. Default 0: not changed. */
  brightness?: JitterStrength;
  /** Factors of the contrast. Default 0. */
  contrast?: JitterStrength;
  /** Factors of the saturation; RGB only. Default 0. */
  saturation?: JitterStrength;
  /** Shifts of the hue in turns: `h` means [−h, h], at most 0.5; RGB only. Default 0. */
  hue?: JitterStrength;
  /** The probability that an image is changed at all. Default 1. */
  p?: number;
}

/** The four operations of {@link colorJitter}. */
export type JitterOperation = 'brightness' | 'contrast' | 'saturation' | 'hue';

/**
 * What {@link colorJitter} draws, in the form the device wants it.
 *
 * Brightness, contrast and saturation are all x ← clamp(own·x + mean·mean(gray) + gray·gray) and take one slot each.
 * An image's slots before its hue shift are among the first half, those after it among the second half; the other
 * slots do nothing (1, 0, 0). So each image has its own order, and the hue is turned once.
 */
export interface JitterDraws extends Draws {
  /** `[slots, 2 or 3, n]`: own and mean of each slot, and gray if saturation may come up. */
  readonly blends: Float32Array;
  /** `[n]`, in turns; empty if hue may not come up. */
  readonly hue: Float32Array;
}

/**
 * Changes brightness, contrast, saturation and hue by random factors, in random order: torchvision's `ColorJitter`,
 * with factors and order drawn for each image. Saturation and hue need RGB and do nothing to other images.
 *
 * @throws RangeError for factors below 0, shifts beyond half a turn, empty ranges or no probability.
 *
 * @example
 * ```ts
 * const mocoV2Jitter = colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 });
 * ```
 */
export function colorJitter({
  brightness = 0,
  contrast = 0,
  saturation = 0,
  hue = 0,
  p = 1,
}: ColorJitterOptions = {}): DrawnTransform<JitterDraws> {
  const ranges: Record<JitterOperation, readonly [number, number]> = {
    brightness: factorRange('brightness', brightness),
    contrast: factorRange('contrast', contrast),
    saturation: factorRange('saturation', saturation),
    hue: typeof hue === 'number' ? [-hue, hue] : hue,
  };
  assertRange('hue', ranges.hue, { least: -0.5, most: 0.5 });
  assertProbability('p', p);
  const varies = (operation: JitterOperation, nothing: number) => ranges[operation].some((x) => x !== nothing);
  const used: JitterOperation[] = [];
  if (varies('brightness', 1)) used.push('brightness');
  if (varies('contrast', 1)) used.push('contrast');
  const usedOnRgb = [...used];
  if (varies('saturation', 1)) usedOnRgb.push('saturation');
  if (varies('hue', 0)) usedOnRgb.push('hue');

  return drawnTransform({
    host: { step: 'colorJitter', ...ranges, p },
    draw([n, , , channels], rng) {
      const operations = channels === 3 ? usedOnRgb : used;
      return jitterDraws(
        operations,
        Array.from({ length: n }, () => (rng.uniform() < p ? drawSteps(operations, ranges, rng) : [])),
      );
    },
    applyWith: (images, draws) => applyJitter(images, draws, images.shape[3] === 3 ? usedOnRgb : used),
  });
}

/** One operation on one image, with its factor or shift. */
export type JitterStep = readonly [operation: JitterOperation, amount: number];

/** The steps of one image: all operations in random order, each with its amount. */
export function drawSteps(
  operations: readonly JitterOperation[],
  ranges: Record<JitterOperation, readonly [number, number]>,
  rng: Rng,
): JitterStep[] {
  return Array.from(rng.permutation(operations.length), (which) => {
    const operation = operations[which]!;
    const [min, max] = ranges[operation];
    return [operation, min + (max - min) * rng.uniform()] as const;
  });
}

/** Lays the steps of each image out over slots; `operations` are those that may come up. */
export function jitterDraws(
  operations: readonly JitterOperation[],
  stepsPerImage: readonly (readonly JitterStep[])[],
): JitterDraws {
  const n = stepsPerImage.length;
  const { slots, shares, turns } = layoutOf(operations);
  const blends = new Float32Array(slots * shares * n);
  const hue = new Float32Array(turns ? n : 0);
  const at = (slot: number, share: number, image: number) => (slot * shares + share) * n + image;
  for (let slot = 0; slot < slots; slot++) blends.fill(1, at(slot, 0, 0), at(slot, 1, 0));
  stepsPerImage.forEach((steps, image) => {
    let slot = 0;
    for (const [operation, amount] of steps) {
      if (operation === 'hue') {
        hue[image] = amount;
        slot = slots / 2;
      } else {
        blends[at(slot, 0, image)] = amount;
        if (operation === 'contrast') blends[at(slot, 1, image)] = 1 - amount;
        if (operation === 'saturation') blends[at(slot, 2, image)] = 1 - amount;
        slot++;
      }
    }
  });
  return { blends, hue };
}

function layoutOf(operations: readonly JitterOperation[]) {
  const turns = operations.includes('hue');
  const blends = operations.length - Number(turns);
  return { turns, slots: turns ? 2 * blends : blends, shares: operations.includes('saturation') ? 3 : 2 };
}

function applyJitter(
  images: Tensor4D,
  { blends, hue }: GivenDraws<JitterDraws>,
  operations: readonly JitterOperation[],
): Tensor4D {
  const { slots, shares, turns } = layoutOf(operations);
  const n = images.shape[0];
  const coefficients = slots > 0 ? unstack(perImage('blends', blends, [slots * shares, n, 1])) : [];
  const usesMean = operations.includes('contrast');
  let planes = planesOf(images);
  if (turns && slots === 0) planes = turnHue(planes, hue);
  for (let slot = 0; slot < slots; slot++) {
    if (turns && slot === slots / 2) planes = turnHue(planes, hue);
    const [own, ofMean, ofGray] = coefficients.slice(slot * shares, (slot + 1) * shares);
    const gray = usesMean || ofGray ? grayPlane(planes) : null;
    const terms: Tensor[] = [];
    if (usesMean) terms.push(mul(mean(gray!, 1, true), ofMean!));
    if (ofGray) terms.push(mul(gray!, ofGray));
    planes = blendPlanes(planes, own!, terms.length > 0 ? terms.reduce((sum, term) => add(sum, term)) : null);
  }
  return fromPlanes(planes, images.shape);
}

function factorRange(name: JitterOperation, strength: JitterStrength): readonly [number, number] {
  if (typeof strength === 'number') {
    if (!(strength >= 0 && Number.isFinite(strength))) {
      throw new RangeError(`Cannot vary ${name} by ${strength}: give a number of at least 0`);
    }
    return [Math.max(0, 1 - strength), 1 + strength];
  }
  assertRange(name, strength, { least: 0 });
  return strength;
}
