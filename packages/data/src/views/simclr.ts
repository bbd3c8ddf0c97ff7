import { type AugmentationOptions, augmentedView, isBlurred, shorterSide } from './augmented-view.js';
import { type View, type ViewPlan, views } from './view.js';

/**
 * Options of {@link simclr}.
 *
 * Defaults, s being `strength`: `scale` `[0.08, 1]`; `jitter` `{ brightness: 0.8 s, contrast: 0.8 s, saturation: 0.8 s,
 * hue: 0.2 s, p: 0.8 }`; `grayscale` 0.2; `blur` `{ p: 0.5, sigma: [0.1, 2] }` with a kernel of a tenth of the size, from
 * 64 pixels on: SimCLR leaves it out on CIFAR-10 (`{}` brings it back).
 */
export interface SimclrOptions extends AugmentationOptions {
  /** How strong the colours are changed, 0 to 2.5. Default 1 (ImageNet); 0.5 is SimCLR's on CIFAR-10. */
  strength?: number;
}

const STRONGEST = 2.5; // turns the hue by half a circle

/**
 * The two views of SimCLR: crop, flip, colour jitter, grayscale, blur.
 *
 * Channels as in `mocoV2`. Source: Chen, Kornblith, Norouzi and Hinton (arXiv 2002.05709, appendix A; CIFAR-10 in B.9).
 *
 * @returns A plan of two views drawn in the same way.
 * @throws RangeError for a strength out of range, and for options that the transforms refuse.
 *
 * @example
 * ```ts
 * const plan = simclr({ size: 32, strength: 0.5 });
 * const [first, second] = plan.apply(batch.images, rng);
 * ```
 */
export function simclr({ strength = 1, ...options }: SimclrOptions): ViewPlan<readonly [View, View]> {
  if (!(strength >= 0 && strength <= STRONGEST)) {
    throw new RangeError(`Cannot change colours with a strength of ${strength}: give 0 to ${STRONGEST}`);
  }
  const b = 0.8 * strength;
  const each = augmentedView(options, {
    scale: [0.08, 1],
    jitter: { brightness: b, contrast: b, saturation: b, hue: 0.2 * strength, p: 0.8 },
    grayscale: 0.2,
    blur: { p: 0.5, sigma: [0.1, 2], kernel: oddTenth(shorterSide(options.size)) },
    blurs: isBlurred(options.size),
  });
  return views(each, each);
}

/** A tenth of the size, rounded down, and the next odd number if that is even. */
function oddTenth(size: number): number {
  return 2 * Math.floor(Math.floor(size / 10) / 2) + 1;
}
