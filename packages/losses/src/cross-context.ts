import { add, div, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { finite, unitRows } from './kinds.js';
import type { BaseLossOptions, Reduced, Reduction } from './options.js';
import { reduced } from './reduced.js';
import { relationRows } from './relation-rows.js';
import { type Argument, requireArguments } from './require-arguments.js';
import { requireTemperature } from './require-options.js';

/** One thing for the global features, one for the hypercolumn features. */
export interface Contexts<T> {
  readonly global: T;
  readonly hypercolumn: T;
}

type Context = keyof Contexts<unknown>;

/** How sharp the two distributions of a direction are. */
export interface DirectionTemperatures {
  /** τ_s. */
  readonly student?: number;
  /** τ_t. */
  readonly teacher?: number;
}

/** Options of {@link crossContext}. */
export interface CrossContextOptions<R extends Reduction = 'mean'> extends BaseLossOptions<R> {
  /**
   * Which temperatures are the defaults: 0.08 everywhere (`'paper'`, the default), or the constants of the official code
   * (`'reference'`): 0.1 under 0.08 for the global student, 0.08 under 0.04 for the hypercolumn student.
   */
  mode?: 'paper' | 'reference';
  /** Temperatures by a direction's student; `hypercolumn` is L_h, whose teacher is global. */
  temperatures?: Partial<Contexts<DirectionTemperatures>>;
  /** `[M]` float32 each, subtracted from that context's similarities as a teacher (see {@link nextCenter}). */
  centers?: Partial<Contexts<Tensor1D>>;
}

const EQUAL = { student: 0.08, teacher: 0.08 };
const DEFAULTS = {
  paper: { global: EQUAL, hypercolumn: EQUAL },
  reference: { global: { student: 0.1, teacher: 0.08 }, hypercolumn: { student: 0.08, teacher: 0.04 } },
};

/**
 * Cross-context loss of CGH: ½ (L_h + L_g). Hypercolumn features learn the relations of global features to their queue,
 * and the other way round.
 *
 * L_h = CE( softmax(q_h·Q_h/τ_s), softmax(k_g·Q_g/τ_t) ), L_g with g and h exchanged. Source: CGH, WACV 2024. Entry j of
 * both queues must be the same image. For one direction alone (local views, logs) use {@link relationalCrossEntropy}.
 * Gradients flow to the queries and the queues they are students with, none to the keys. Inputs are not disposed; the
 * caller disposes the result.
 *
 * @param query q_g `[N, D]` and q_h `[N, D′]`, float32, L2-normalised.
 * @param key k_g `[N, D]` and k_h `[N, D′]`, float32, L2-normalised.
 * @param queue Q_g `[M, D]` and Q_h `[M, D′]`, float32, L2-normalised.
 * @returns A scalar, or `[N]` for `reduction: 'none'`.
 * @throws As {@link relationalCrossEntropy}.
 *
 * @example
 * ```ts
 * const loss = crossContext(query, key, { global: globalQueue, hypercolumn: hypercolumnQueue });
 * ```
 */
export function crossContext<R extends Reduction = 'mean'>(
  query: Contexts<Tensor2D>,
  key: Contexts<Tensor2D>,
  queue: Contexts<Tensor2D>,
  options: CrossContextOptions<R> = {},
): Reduced<R> {
  const { mode = 'paper', temperatures = {}, centers = {} } = options;
  requireArguments(
    'crossContext',
    options,
    (['global', 'hypercolumn'] as const).flatMap((context): (Argument | undefined)[] => [
      [`query.${context}`, query?.[context], `N ${context}`, unitRows],
      [`key.${context}`, key?.[context], `N ${context}`, unitRows],
      [`queue.${context}`, queue?.[context], `M ${context}`, unitRows],
      centers[context] && [`centers.${context}`, centers[context], 'M', finite],
    ]),
  );
  /** The student of L_g is `of` the global context, its teacher of the other. */
  const direction = (of: Context, other: Context) => {
    const usual = DEFAULTS[mode][of];
    const { student = usual.student, teacher = usual.teacher } = { ...temperatures[of] };
    requireTemperature('crossContext', student, `temperatures.${of}.student`);
    requireTemperature('crossContext', teacher, `temperatures.${of}.teacher`);
    return relationRows(
      { rows: query[of], queue: queue[of], temperature: student },
      { rows: key[other], queue: queue[other], temperature: teacher, center: centers[other] },
      options.blockSize,
    );
  };
  return reduced(options, () => div(add(direction('hypercolumn', 'global'), direction('global', 'hypercolumn')), 2));
}
