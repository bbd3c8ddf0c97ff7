import type { Rng } from '@hcsc/random';
import { centerOf } from '../transforms/center-crop.js';
import { drawSteps, type JitterOperation } from '../transforms/color-jitter.js';
import type { HostStep } from '../transforms/host-step.js';
import { drawBox } from '../transforms/random-resized-crop.js';
import { resizedSize } from '../transforms/resize.js';
import type { Canvas } from './canvas.js';

/**
 * Draws the parameters of a transform for the image on a canvas, from the distributions of the transform on tensors, and
 * applies it.
 *
 * @throws RangeError if the image is too small for it, or has another number of channels.
 *
 * @example
 * ```ts
 * const { host } = randomResizedCrop(224);
 * if (host) applyStep(working, host, rng);
 * ```
 */
export function applyStep(canvas: Canvas, step: HostStep, rng: Rng): void {
  const { height, width } = canvas;
  switch (step.step) {
    case 'randomResizedCrop': {
      const box = drawBox(height, width, step.scale, step.ratio, rng);
      canvas.crop(box, step.size, { ...step, flip: rng.uniform() < step.flip });
      return;
    }
    case 'resize':
      canvas.crop([0, 0, height, width], resizedSize([height, width], step.size), step);
      return;
    case 'centerCrop':
      canvas.crop([...centerOf([height, width], step.size), ...step.size], step.size);
      return;
    case 'randomHorizontalFlip':
      if (rng.uniform() < step.p) canvas.flip();
      return;
    case 'colorJitter':
      if (rng.uniform() < step.p) {
        for (const [operation, amount] of drawSteps(operationsOf(step, canvas.channels), step, rng)) {
          canvas[operation](amount);
        }
      }
      return;
    case 'randomGrayscale':
      if (rng.uniform() < step.p) canvas.grayscale();
      return;
    case 'gaussianBlur': {
      const [min, max] = step.sigma;
      const sigma = rng.uniform() < step.p ? min + (max - min) * rng.uniform() : 0;
      canvas.blur(sigma, step.kernel ?? 2 * Math.min(Math.ceil(3 * max), Math.min(height, width) - 1) + 1);
      return;
    }
    case 'randomSolarize':
      if (rng.uniform() < step.p) canvas.solarize(step.threshold);
      return;
    case 'normalize':
      canvas.normalize(step.mean, step.standardDeviation);
      return;
    default:
      unknownStep(step);
  }
}

type Jitter = Extract<HostStep, { step: 'colorJitter' }>;

/** What changes something, in the order in which `colorJitter` lists it. */
function operationsOf(step: Jitter, channels: number): JitterOperation[] {
  const factors: JitterOperation[] =
    channels === 3 ? ['brightness', 'contrast', 'saturation'] : ['brightness', 'contrast'];
  const used = factors.filter((operation) => step[operation].some((factor) => factor !== 1));
  return channels === 3 && step.hue.some((turns) => turns !== 0) ? [...used, 'hue'] : used;
}

function unknownStep(step: never): never {
  throw new RangeError(`Cannot apply the step ${JSON.stringify(step)}: give one that a transform has as its host`);
}
