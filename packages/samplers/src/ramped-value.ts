import { isTracing, refuseWhileTracing } from '@hcsc/trace';
import { add, clipByValue, div, mul, type Scalar, sub, type Tensor } from '@tensorflow/tfjs-core';
import { checkRequest } from './check-request.js';
import type { NegativeRequest } from './negative-sampler.js';
import type { Ramped } from './ramp.js';
import { requireTensor } from './require-tensor.js';
import { shareOfOne } from './value-rules.js';

/** Refuses an option unless it, or both ends of its ramp, are what is needed. */
export function requireRamped(
  task: string,
  name: string,
  value: Ramped,
  needed: string,
  fits: (value: number) => boolean,
): void {
  const ends = typeof value === 'object' && value !== null ? [value.from, value.to] : [value];
  const wrong = ends.findIndex((end) => !(typeof end === 'number' && fits(end)));
  if (wrong < 0) return;
  const which = ends.length === 1 ? '' : ` at the ${wrong === 0 ? 'start' : 'end'} of its ramp`;
  throw new RangeError(`Cannot ${task}: needed ${name} as ${needed}, got ${ends[wrong]}${which}`);
}

/** Refuses a request that does not say how far training has come; looks at the value too where it can be read. */
export function requireProgress(sampler: string, { progress, check }: NegativeRequest): number | Scalar {
  const task = `sample negatives with ${sampler}`;
  if (progress === undefined) {
    throw new TypeError(`Cannot ${task}: needed progress, the share of the training that is done, got undefined`);
  }
  if (typeof progress !== 'number') {
    requireTensor(task, 'progress', progress, []);
    if (check !== false) checkRequest(sampler, [shareOfOne('progress', progress)]);
    return progress;
  }
  if (!(progress >= 0 && progress <= 1)) {
    throw new RangeError(`Cannot ${task}: needed progress as a share of the training from 0 to 1, got ${progress}`);
  }
  if (isTracing()) {
    refuseWhileTracing(
      `change ${sampler} with a progress that is a number`,
      'progress: perCall(() => …) of @hcsc/trace',
    );
  }
  return progress;
}

/** What an option is worth at a share of the training. */
export function valueAt(value: Ramped, progress: number): number {
  if (typeof value === 'number') return value;
  const { from, to, start, end } = value;
  return progress >= end ? to : from + (to - from) * Math.max((progress - start) / (end - start), 0);
}

/** What an option is worth now: a number where the host knows it, else a scalar. */
export function rampedValue(sampler: string, value: Ramped, request: NegativeRequest): number | Tensor {
  if (typeof value === 'number') return value;
  const progress = requireProgress(sampler, request);
  if (typeof progress === 'number') return valueAt(value, progress);
  const { from, to, start, end } = value;
  return add(from, mul(to - from, clipByValue(div(sub(progress, start), end - start), 0, 1)));
}
