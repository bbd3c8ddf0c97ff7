import type { MinedPairs } from '@hcsc/samplers';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Recipe } from '../recipe.js';
import { checkAblation } from './check-ablation.js';

/** What is varied: values with a label each (parts are objects, passed in), or plain values that are their own labels. */
export type Factor = Readonly<Record<string, unknown>> | readonly (number | string | boolean)[];

/** All that is varied, by name; every combination is tried. */
export type Factors = Readonly<Record<string, Factor>>;

/** What a factor gives to a recipe. */
export type FactorValue<F extends Factor> = F extends readonly (infer Value)[] ? Value : F[keyof F];

/** What names a value of a factor: its label, or the plain value itself. */
export type FactorLevel<F extends Factor> = F extends readonly (infer Value)[] ? Value : Extract<keyof F, string>;

/** One value of each factor. */
export type CellValues<F extends Factors> = { readonly [Name in keyof F]: FactorValue<F[Name]> };

/** Features of labelled images, which belong to the caller. */
export interface MeasuredSplit {
  /** `[N, D]` float32. */
  readonly features: Tensor2D;
  readonly labels: Int32Array;
}

/** What a run was trained on. */
export interface MeasuredRun {
  /** The semantic positive pairs that it was trained on besides the images; null without. */
  readonly pairs: MinedPairs | null;
  /** Of the training images, where they are known. */
  readonly labels: Int32Array | null;
}

/**
 * A figure of a run: `knnTop1()` and `linearTop1()` of `@hcsc/eval` tell of its encoder, {@link pairPurity} and
 * {@link pairCount} of its pairs.
 */
export interface AblationMetric {
  /** Heads a table; different from the others'. */
  readonly name: string;
  /** `'percent'` (default) for shares from 0 to 1, `'number'` for others. */
  readonly format?: 'percent' | 'number';
  /** What else decides on the figure, as plain JSON: when it has changed, runs are measured again. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * The figure, from features of the recipe's labelled training images and its test images, and from what the run was trained
   * on. Null if there is none of such a run: it is left out of means and comparisons.
   */
  measure(train: MeasuredSplit, test: MeasuredSplit, run: MeasuredRun): Promise<number | null>;
}

/** What a metric gains over the baseline, beside another one: is the gain larger where pairs are purer, for example? */
export interface AblationGain {
  /** The metric whose differences to the baseline are drawn upwards. */
  readonly of: AblationMetric;
  /** The metric whose figures are drawn to the right. */
  readonly by: AblationMetric;
}

/** A grid of runs that are to be compared. */
export interface Ablation<F extends Factors = Factors> {
  /** Its runs go into `runs/` and this, unless told otherwise. */
  readonly name: string;
  readonly factors: F;
  /** Each combination runs once with each. Equal seeds see equal batches, views and initial weights. */
  readonly seeds: readonly number[];
  /** What a combination is compared with: the one that has these values, and is like it in all other factors. */
  readonly baseline: { readonly [Name in keyof F]?: FactorLevel<F[Name]> };
  /** Default: kNN and linear top-1. */
  readonly metrics?: readonly AblationMetric[];
  /** Figures of one metric's gain by another, drawn on the page: both are among the metrics. */
  readonly gains?: readonly AblationGain[];
  /** The recipe of a combination. Its name and seed are replaced. */
  recipe(values: CellValues<F>): Recipe;
}

/**
 * Types an ablation, and checks its grid; an ablation file exports it as its default.
 *
 * Parts that are given as values serve many runs: they must not change. One that does is given as a function that makes it.
 *
 * @throws TypeError or RangeError if there is no factor, a factor has fewer than two values, labels or names are equal or
 *   cannot name a folder, the baseline is none of the grid's, seeds or metrics are missing or come twice, or a gain is of what is no metric.
 *
 * @example
 * ```ts
 * export default defineAblation({
 *   name: 'temperatures',
 *   factors: { temperature: [0.1, 0.2], sampler: { all: allNegatives(), half: uniformNegatives({ keep: 0.5 }) } },
 *   seeds: [0, 1, 2],
 *   baseline: { sampler: 'all' },
 *   recipe: ({ temperature, sampler }) => defineRecipe({ ...base, method: (context) => mine(context, { temperature, sampler }) }),
 * });
 * ```
 */
export function defineAblation<const F extends Factors>(ablation: Ablation<F>): Ablation<F> {
  checkAblation(ablation, `The ablation ${ablation.name}`);
  return ablation;
}

/** Tells whether a value, the default export of an ablation file for instance, is an ablation; throws if not. */
export function assertAblation(value: unknown, file: string): asserts value is Ablation {
  const ablation = (typeof value === 'object' && value !== null ? value : {}) as Partial<Ablation>;
  const needed = {
    name: 'string',
    factors: 'object',
    seeds: 'object',
    baseline: 'object',
    recipe: 'function',
  } as const;
  const wrong = Object.entries(needed).filter(([key, type]) => {
    const part = ablation[key as keyof Ablation];
    return typeof part !== type || part === null;
  });
  if (wrong.length > 0) {
    throw new TypeError(
      `${file} is no ablation: it must \`export default defineAblation({ ... })\` with ${wrong.map(([key, type]) => `${key} (${type})`).join(', ')}`,
    );
  }
  checkAblation(ablation as Ablation, file);
}
