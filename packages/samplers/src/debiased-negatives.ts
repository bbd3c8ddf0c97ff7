import {
  add,
  div,
  exp,
  gather,
  log,
  logSumExp,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { allNegatives } from './all-negatives.js';
import { candidateCosines, positiveCosines, requireComparable } from './compare-anchors.js';
import { eligibleCandidates, isOwnPrototypes } from './eligible-candidates.js';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';
import { requireProbability } from './require-probability.js';

/** Options of {@link debiasedNegatives}. */
export interface DebiasedNegativesOptions {
  /** τ⁺, the share of candidates that are of the anchor's own class, 0 to below 1; default 0.1 (official code). */
  classPrior?: number;
  /**
   * β, how much more the candidates that are like the anchor weigh, 0 or more; default 0, all the same (Chuang et al.).
   * Robinson et al.'s code: 1.
   */
  hardness?: number;
  /** The temperature of the loss that takes the weights; default 0.2, as `infoNCE` has it. Official code: 0.5. */
  temperature?: number;
}

/** Added to a logit, far below all others: its exponential is 0. */
const ABSENT = -1e30;
/** No exponent above this matters: what it belongs to is far beyond the bound, or multiplied by 0. */
const LARGEST = 40;

/**
 * Keeps all candidates and weighs them, so that their sum is an estimate of that over true negatives only.
 *
 * With z = a·n / t, z⁺ = a·k / t and M candidates: Σ_j w_j exp(z_j) = max( (Σ_j r_j exp(z_j) − M τ⁺ exp(z⁺)) / (1 − τ⁺), M exp(−1/t) ),
 * r_j = exp(β z_j) / mean_j exp(β z_j). Sources: Chuang et al. 2020, Debiased Contrastive Learning (with the positive as the
 * one sample of the own class); for β Robinson et al. 2021, Contrastive Learning with Hard Negative Samples.
 * With `classPrior` 0 and `hardness` 0 all weights are 1.
 *
 * The loss with these weights has the papers' value. Its gradient is the papers' too if the `weights` are asked for inside of
 * what is differentiated, with the queries as `anchors`, and the loss lets gradients through its weights. Held constant, as
 * `infoNCE` of `@hcsc/losses` holds them, they scale each negative's push, without the correction at the positive.
 * Needs the request's `anchors`, and `keys` except where candidates are the level's own prototypes: there k is
 * the anchor's prototype, which weighs 0 as those that were dropped do, and every prototype's temperature is its φ.
 *
 * @throws RangeError for an option out of its range. The sampler throws a TypeError or RangeError for a malformed request, and
 * (with the request's `check`) a RangeError for anchors, keys or candidates that are not of unit length, φ not above 0, and NaN.
 *
 * @example
 * ```ts
 * const sampler = debiasedNegatives({ classPrior: 0.1, temperature: 0.2 });
 * const [weights] = sampler.weights({ candidates: [queue], levels, anchors: queries, keys, rng });
 * const loss = infoNCE(queries, keys, queue, { weights, temperature: 0.2 });
 * ```
 */
export function debiasedNegatives({
  classPrior = 0.1,
  hardness = 0,
  temperature = 0.2,
}: DebiasedNegativesOptions = {}): NegativeSampler & Required<Pick<NegativeSampler, 'weights'>> {
  const name = 'debiasedNegatives';
  requireProbability(`make ${name}`, 'classPrior', classPrior);
  if (classPrior === 1) throw new RangeError(`Cannot make ${name}: needed classPrior below 1, got 1`);
  requireNumber(name, 'hardness', hardness, 'a finite number of at least 0', hardness >= 0);
  requireNumber(name, 'temperature', temperature, 'a finite number above 0', temperature > 0);
  const all = allNegatives();
  return {
    name,
    probabilities: all.probabilities,
    keep: all.keep,
    weights: (request) => {
      requireComparable(name, request, { keys: true, phi: true });
      return tidy(() =>
        request.levels.map((_, l) => tidy(() => levelWeights(request, l, { classPrior, hardness, temperature }))),
      );
    },
  };
}

function levelWeights(
  request: NegativeRequest,
  l: number,
  { classPrior, hardness, temperature }: Required<DebiasedNegativesOptions>,
): Tensor2D {
  const { candidates, levels } = request;
  const prototypes = isOwnPrototypes(request, l);
  const { concentration, positives } = levels[l]!;
  const t: Tensor | number = prototypes ? reshape(concentration, [1, -1]) : temperature;
  const ownT: Tensor | number = prototypes ? reshape(gather(concentration, positives), [-1, 1]) : temperature;
  const eligible = eligibleCandidates(request, l);
  const among = (values: Tensor) => (eligible ? add(values, mul(sub(1, eligible), ABSENT)) : values);

  const z = div(candidateCosines(request, l), t);
  const own = div(positiveCosines(request, l), ownT);
  const logN: Tensor | number = eligible ? log(maximum(sum(eligible, 1, true), 1)) : Math.log(candidates[l]!.shape[0]);
  const scaled = mul(z, hardness);
  const logR = add(sub(scaled, logSumExp(among(scaled), 1, true)), logN);
  const logSum = logSumExp(among(add(z, logR)), 1, true);
  const logLeast = prototypes ? logSumExp(among(add(mul(z, 0), neg(div(1, t)))), 1, true) : sub(logN, 1 / temperature);
  const ratio = (numerator: Tensor) => exp(minimum(sub(numerator, logSum), LARGEST));
  const estimate = div(sub(1, mul(ratio(add(own, logN)), classPrior)), 1 - classPrior);
  const factor = maximum(estimate, ratio(logLeast as Tensor));
  const weights = mul(factor, exp(minimum(logR, LARGEST)));
  return (eligible ? mul(weights, eligible) : weights) as Tensor2D;
}

function requireNumber(sampler: string, name: string, value: number, needed: string, fits: boolean): void {
  if (!(Number.isFinite(value) && fits)) {
    throw new RangeError(`Cannot make ${sampler}: needed ${name} as ${needed}, got ${value}`);
  }
}
