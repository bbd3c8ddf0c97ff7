import type { Ablation } from './ablation.js';
import { factorLevels } from './factor-levels.js';

/** What may stand in the name of a folder on any system. */
const LABEL = /^[\p{L}\p{N}._+-]+$/u;
const NAMEABLE = 'give one of letters, digits and . _ + -';

/** Names that are equal, or would be one folder where capitals do not count. */
function twice(names: readonly string[]): string | undefined {
  const seen = names.map((name) => name.toLowerCase());
  return names.find((_, i) => seen.indexOf(seen[i]!) !== i);
}

const listed = (names: readonly string[]) => (names.length > 0 ? names.join(', ') : 'none');

function checkName(where: string, what: string, name: string): void {
  if (!LABEL.test(name) || name === '.' || name === '..')
    throw new RangeError(`${where}: cannot name a folder after the ${what} '${name}': ${NAMEABLE}`);
}

function checkFactors(where: string, factors: Ablation['factors']): void {
  const names = Object.keys(factors);
  if (names.length === 0) throw new RangeError(`${where} has no factors: give what is to be varied`);
  if (names.includes('seed'))
    throw new RangeError(`${where} has a factor named seed: give seeds, which every cell has`);
  const same = twice(names);
  if (same !== undefined) throw new RangeError(`${where} has the factor ${same} twice: give each a name of its own`);
  for (const name of names) {
    checkName(where, 'factor', name);
    const factor = factors[name]!;
    if (typeof factor !== 'object' || factor === null) {
      throw new TypeError(`${where}: factor ${name} must be values by label or a list of plain values, is ${factor}`);
    }
    const labels = factorLevels(factor).map(([label]) => label);
    if (labels.length < 2) {
      throw new RangeError(`${where}: factor ${name} has the values ${listed(labels)}, give two or more`);
    }
    for (const label of labels) checkName(where, `value of ${name}`, label);
    const again = twice(labels);
    if (again !== undefined) {
      throw new RangeError(`${where}: factor ${name} has the value ${again} twice: give each a name of its own`);
    }
  }
}

function checkBaseline(where: string, { baseline, factors }: Ablation): void {
  // A file that nothing has looked at the types of may lack it.
  const chosen = Object.entries(baseline ?? {}).filter(([, level]) => level !== undefined);
  if (chosen.length === 0) {
    throw new RangeError(
      `${where} has no baseline to compare with: give a value of one or more of ${listed(Object.keys(factors))}`,
    );
  }
  for (const [name, level] of chosen) {
    if (!Object.hasOwn(factors, name)) {
      throw new RangeError(
        `${where}: the baseline is for ${name}, which is no factor: there are ${listed(Object.keys(factors))}`,
      );
    }
    const labels = factorLevels(factors[name]!).map(([label]) => label);
    if (!labels.includes(String(level))) {
      throw new RangeError(`${where}: the baseline ${name} ${level} is not in the grid: there are ${listed(labels)}`);
    }
  }
}

/** Refuses seeds that are none, or the same. */
export function checkSeeds(where: string, seeds: readonly number[]): void {
  if (!Array.isArray(seeds) || seeds.length === 0) throw new RangeError(`${where} has no seeds: give at least one`);
  for (const seed of seeds) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`${where} has the seed ${seed}: give integers of at least 0`);
    }
  }
  if (new Set(seeds).size < seeds.length) {
    throw new RangeError(`${where} has the seeds ${seeds.join(', ')}: give each once`);
  }
}

function checkMetrics(where: string, metrics: Ablation['metrics']): void {
  if (metrics === undefined) return;
  if (!Array.isArray(metrics) || metrics.length === 0) {
    throw new RangeError(`${where} has no metrics: give at least one, or leave them out for kNN and linear top-1`);
  }
  for (const metric of metrics) {
    if (typeof metric?.name !== 'string' || typeof metric.measure !== 'function') {
      throw new TypeError(`${where}: a metric must have name (string) and measure (function), as knnTop1() has`);
    }
  }
  const same = twice(metrics.map(({ name }) => name));
  if (same !== undefined) throw new RangeError(`${where} has the metric ${same} twice: give each a name of its own`);
}

function checkGains(where: string, { gains = [], metrics = [] }: Ablation): void {
  const names = metrics.map(({ name }) => name);
  for (const gain of gains) {
    for (const metric of [gain?.of, gain?.by]) {
      if (metric === undefined || !names.includes(metric.name)) {
        throw new RangeError(
          `${where} has a gain with ${metric?.name ?? 'no metric'}, which is none of its metrics: there are ${listed(names)}`,
        );
      }
    }
    if (gain.of.name === gain.by.name) {
      throw new RangeError(`${where} has the gain of ${gain.of.name} by itself: give another metric to draw it by`);
    }
  }
}

/** Refuses a grid that cannot be run or compared; says what is wrong, and where. */
export function checkAblation(ablation: Ablation, where: string): void {
  checkName(where, "ablation's name", ablation.name);
  checkFactors(where, ablation.factors);
  checkSeeds(where, ablation.seeds);
  checkBaseline(where, ablation);
  checkMetrics(where, ablation.metrics);
  checkGains(where, ablation);
}
