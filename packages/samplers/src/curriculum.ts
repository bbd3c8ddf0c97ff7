import { addN, cast, fill, greaterEqual, less, logicalAnd, mul, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';
import { requireProgress } from './ramped-value.js';
import { requireRequest } from './require-request.js';

/** One stage of a {@link curriculum}. */
export interface CurriculumStage {
  /** The share of the training at which the stage ends, above that of the stage before; 1 for the last. */
  readonly until: number;
  readonly sampler: NegativeSampler;
}

/**
 * Changes the sampler while training goes on, after the request's `progress`: one stage after the other.
 *
 * A stage is in charge while its predecessor's `until` ≤ progress < its own; the last one also at 1. With a `progress` that
 * is a number only the stage in charge is asked. With one that is a scalar, as a compiled step needs, all stages are asked, draw
 * in their order, and all but one are multiplied by 0: such a step costs what they cost together, and is not
 * traced again when the stage changes. For one option that moves step by step see {@link ramp}.
 *
 * @throws RangeError unless `until` rises from above 0 to 1; TypeError for a stage without a sampler. The sampler throws a
 * TypeError if the request has no `progress`, a RangeError if it is not from 0 to 1, and what its stages throw.
 *
 * @example
 * ```ts
 * const sampler = curriculum([
 *   { until: 0.2, sampler: allNegatives() },
 *   { until: 1, sampler: selectiveInstances() },
 * ]);
 * const masks = sampler.keep({ candidates, levels, rng, progress: epoch / epochs });
 * ```
 */
export function curriculum(stages: readonly CurriculumStage[]): NegativeSampler {
  requireStages(stages);
  const name = `curriculum(${stages.map(({ sampler }) => sampler.name).join(' → ')})`;
  const perLevel = (request: NegativeRequest, ask: (sampler: NegativeSampler) => Tensor2D[]): Tensor2D[] => {
    const progress = requireProgress(name, request);
    if (typeof progress === 'number') return ask(stages.find(({ until }) => progress < until || until === 1)!.sampler);
    return tidy(() => {
      const shares = stages.map(({ sampler }, i) => {
        const begun = i === 0 ? null : greaterEqual(progress, stages[i - 1]!.until);
        const lasts = i === stages.length - 1 ? null : less(progress, stages[i]!.until);
        const inCharge = begun && lasts ? logicalAnd(begun, lasts) : (begun ?? lasts);
        return ask(sampler).map((matrix) => (inCharge ? mul(matrix, cast(inCharge, 'float32')) : matrix));
      });
      return request.levels.map((_, l) => addN(shares.map((stage) => stage[l]!)) as Tensor2D);
    });
  };
  const weigh = (request: NegativeRequest) => (sampler: NegativeSampler) =>
    sampler.weights?.(request) ?? onesFor(name, request);
  return {
    name,
    probabilities: (request) => perLevel(request, (sampler) => sampler.probabilities(request)),
    keep: (request) => perLevel(request, (sampler) => sampler.keep(request)),
    ...(stages.some(({ sampler }) => sampler.weights) && {
      weights: (request: NegativeRequest) => perLevel(request, weigh(request)),
    }),
  };
}

function onesFor(name: string, request: NegativeRequest): Tensor2D[] {
  requireRequest(name, request);
  const { candidates, levels } = request;
  return levels.map(({ positives }, l) => fill([positives.shape[0], candidates[l]!.shape[0]], 1) as Tensor2D);
}

function requireStages(stages: readonly CurriculumStage[]): void {
  const task = 'make curriculum';
  if (!Array.isArray(stages) || stages.length === 0) {
    throw new RangeError(`Cannot ${task}: needed at least 1 stage, got ${stages?.length ?? stages}`);
  }
  stages.forEach(({ until, sampler }, i) => {
    const before = stages[i - 1]?.until ?? 0;
    const last = i === stages.length - 1;
    if (last ? !(until === 1 && before < 1) : !(until > before && until < 1)) {
      const needed = last ? '1, the end of the training' : `a share above ${before} and below 1`;
      throw new RangeError(`Cannot ${task}: needed stages[${i}].until as ${needed}, got ${until}`);
    }
    if (typeof sampler?.keep !== 'function') {
      throw new TypeError(`Cannot ${task}: needed stages[${i}].sampler as a NegativeSampler, got ${sampler}`);
    }
  });
}
