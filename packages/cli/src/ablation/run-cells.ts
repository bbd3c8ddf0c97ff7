import type { Runtime } from '@hcsc/runtime';
import { type AblationMetric, duration, type Logger, progressLog, runAtWork } from '@hcsc/train';
import { plainText } from '../runs-cells.js';
import { cellState } from './cell-state.js';
import { figureOf } from './cell-summary.js';
import { type AblateOptions, cellFolder, type Grid } from './grid.js';
import { runCell } from './run-cell.js';
import { writeAblation } from './write-ablation.js';

/** What cells are run with. */
export interface RunCellsOptions {
  readonly file: string;
  readonly options: AblateOptions;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** A run's own log says the rest. */
function warningsOnly(name: string, say: (line: string) => void): Logger {
  return {
    notice: (message) => say(`${name}: ${message}`),
    log(record) {
      if (record.type === 'warning') say(`${name}: Warning: ${record.message}`);
    },
    async close() {},
  };
}

const figureText = (value: number | null, { format = 'percent' }: AblationMetric): string => {
  if (value === null) return '–';
  return format === 'percent' ? `${(100 * value).toFixed(2)} %` : String(Number(value.toPrecision(4)));
};

/**
 * Runs the chosen cells that are not finished, one after another, and writes the results after each. A cell that fails does
 * not stop the others; one that another process is at work on is left to it.
 *
 * @returns how many were not run since a signal came.
 */
export async function runCells(grid: Grid, { file, options, runtime, signal, say }: RunCellsOptions): Promise<number> {
  const { ablation, metrics, digest, set, chosen, recipes, states } = grid;
  const { compile, workers, quiet = false } = options;
  const toRun = chosen.filter(({ name }) => !['finished', 'elsewhere'].includes(states.get(name)!.state));
  const done = chosen.filter(({ name }) => states.get(name)!.state === 'finished').length;
  const others = chosen.length - toRun.length - done;
  const rest = [done > 0 && `${done} done before`, others > 0 && `${others} at work elsewhere`].filter(Boolean);
  say(`${[`${ablation.name}: ${toRun.length} of ${chosen.length} cells to run`, ...rest].join(', ')}`);
  const started = performance.now();
  for (const [i, cell] of toRun.entries()) {
    if (signal.aborted) return toRun.length - i;
    const { name } = cell;
    const folder = cellFolder(grid, cell);
    const cellStarted = performance.now();
    const left = ((cellStarted - started) / 1000 / i) * (toRun.length - i);
    say(`Cell ${i + 1} of ${toRun.length}: ${name}${i > 0 ? `, about ${duration(left)} left` : ''}`);
    try {
      const summary = await runCell({
        ...{
          ablation,
          file,
          digest,
          cell,
          recipe: recipes.get(name)!,
          folder,
          metrics,
          runtime,
          set,
          compile,
          workers,
        },
        ...{ signal, say, logger: !quiet && process.stderr.isTTY ? progressLog() : warningsOnly(name, say) },
      });
      states.set(name, summary ? { state: 'finished', summary } : await cellState(folder, metrics));
      if (!summary) return toRun.length - i;
      const figures = metrics.map((metric) => `${metric.name} ${figureText(figureOf(summary, metric), metric)}`);
      say(`  ${figures.join('  ')}  in ${duration((performance.now() - cellStarted) / 1000)}`);
    } catch (error) {
      const isElsewhere = (await runAtWork(folder)) === 'working';
      const message = plainText(error instanceof Error ? error.message : String(error));
      states.set(name, isElsewhere ? { state: 'elsewhere' } : { state: 'failed', message });
      if (isElsewhere) say(`  left to another process: ${message}`);
      else process.stderr.write(`  ${name} failed: ${message}\n`);
    }
    await writeAblation(grid);
  }
  return 0;
}
