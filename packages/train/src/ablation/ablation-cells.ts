import type { Ablation } from './ablation.js';
import { checkSeeds } from './check-ablation.js';
import { factorLevels } from './factor-levels.js';

/** One run of an ablation. */
export interface AblationCell {
  /** The name of its run and of its folder: `sampler=both,seed=1`. */
  readonly name: string;
  /** What cells of all seeds have in common: `sampler=both`. */
  readonly condition: string;
  /** The label of its value of each factor, in the order of the factors. */
  readonly levels: Readonly<Record<string, string>>;
  /** The condition that it is compared with, which may be its own. */
  readonly baseline: string;
  readonly seed: number;
}

/** Which cells {@link ablationCells} gives. */
export interface AblationCellsOptions {
  /** Instead of the ablation's. */
  seeds?: readonly number[];
  /** Labels by factor: only these; of factors that are not named, all. */
  only?: Readonly<Record<string, readonly string[]>>;
}

const conditionOf = (levels: Readonly<Record<string, string>>): string =>
  Object.entries(levels)
    .map(([name, label]) => `${name}=${label}`)
    .join(',');

function checkOnly({ name: ablation, factors }: Ablation, only: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, asked] of Object.entries(only)) {
    if (!Object.hasOwn(factors, name)) {
      throw new RangeError(
        `Cannot choose ${name}: ${ablation} has the factors ${Object.keys(factors).join(', ')}; seeds are chosen by seeds`,
      );
    }
    const labels = factorLevels(factors[name]!).map(([label]) => label);
    const missing = asked.find((label) => !labels.includes(label));
    if (missing !== undefined) {
      throw new RangeError(`Cannot choose ${name} ${missing}: ${ablation} has ${labels.join(', ')}`);
    }
  }
}

/**
 * The cells of an ablation, all of the first seed first, so that a grid that is not done yet can be compared.
 *
 * @throws RangeError for factors, labels or seeds that are not there or cannot be.
 *
 * @example
 * ```ts
 * for (const cell of ablationCells(ablation, { only: { sampler: ['all', 'both'] } })) {
 *   await pretrain(cellRecipe(ablation, cell), { folder: `runs/${cell.name}` });
 * }
 * ```
 */
export function ablationCells(
  ablation: Ablation,
  { seeds = ablation.seeds, only = {} }: AblationCellsOptions = {},
): AblationCell[] {
  checkSeeds(`The ablation ${ablation.name}`, seeds);
  checkOnly(ablation, only);
  const chosen = Object.entries(ablation.baseline).filter(([, level]) => level !== undefined);
  const baseline = Object.fromEntries(chosen.map(([name, level]) => [name, String(level)]));
  let combinations: Record<string, string>[] = [{}];
  for (const [name, factor] of Object.entries(ablation.factors)) {
    const labels = factorLevels(factor).map(([label]) => label);
    const asked = Object.hasOwn(only, name) ? labels.filter((label) => only[name]!.includes(label)) : labels;
    combinations = combinations.flatMap((levels) => asked.map((label) => ({ ...levels, [name]: label })));
  }
  return seeds.flatMap((seed) =>
    combinations.map((levels) => {
      const condition = conditionOf(levels);
      return {
        name: `${condition},seed=${seed}`,
        condition,
        levels,
        baseline: conditionOf({ ...levels, ...baseline }),
        seed,
      };
    }),
  );
}
