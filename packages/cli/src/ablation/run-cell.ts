import { relative } from 'node:path';
import type { Runtime } from '@hcsc/runtime';
import { type Ablation, type AblationCell, type AblationMetric, type Logger, pretrain, type Recipe } from '@hcsc/train';
import { preparedEncoder, splitsOf, withFeatures } from '../evaluate.js';
import { notedPairs } from '../pairs/noted-pairs.js';
import { showPairs } from '../pairs/show-pairs.js';
import { removesResults } from '../removes-results.js';
import { reportUnreadable } from '../report-unreadable.js';
import { cellIdentity } from './cell-identity.js';
import { type CellSummary, writeCellSummary } from './cell-summary.js';

/** A cell, and all that it takes to run it. */
export interface RunCellOptions {
  readonly ablation: Ablation;
  /** Where the ablation's file is, and a digest of it. */
  readonly file: string;
  readonly digest: string;
  readonly cell: AblationCell;
  readonly recipe: Recipe;
  readonly folder: string;
  readonly metrics: readonly AblationMetric[];
  readonly runtime: Runtime;
  /** The changes to the recipe that were asked for. */
  readonly set: Readonly<Record<string, string>>;
  readonly compile?: boolean;
  readonly workers?: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly say: (line: string) => void;
}

/** Trains a cell from where it is, measures it, and writes its summary; null if it was interrupted while it trained. */
export async function runCell(options: RunCellOptions): Promise<CellSummary | null> {
  const { ablation, file, digest, cell, recipe: asked, folder, metrics, runtime, set, signal, say } = options;
  const source = await asked.data.train();
  const { recipe, found } = notedPairs(
    { ...asked, data: { ...asked.data, train: async () => source } },
    (mined, context) => showPairs(mined, context, { name: cell.name, from: null, say }),
  );
  const splits = await splitsOf(recipe, source);
  if (!splits) {
    throw new Error('Nothing to measure on: its recipe needs data.test, and data.labelled or labelled training images');
  }
  const identity = await cellIdentity(ablation, cell, recipe);
  const { method, steps, seconds, interrupted } = await pretrain(recipe, {
    ...{ folder, signal, compile: options.compile, workers: options.workers },
    loggers: [removesResults(folder), options.logger],
    details: {
      factors: identity.recipe.factors,
      ...{ recipeFile: relative(folder, file), ablation: { name: ablation.name, cell: cell.levels, set } },
      ...{ backend: runtime.backend, runtime: runtime.info },
    },
  });
  try {
    if (interrupted) return null;
    const figures = await withFeatures(preparedEncoder(recipe, method.encoder), splits, async (train, test) => {
      const measured: Record<string, { value: number | null; options: unknown }> = {};
      for (const metric of metrics) {
        const value = await metric.measure(train, test, { pairs: found(), labels: source.labels });
        if (value !== null && !Number.isFinite(value))
          throw new Error(`${metric.name} gave ${value}, which is no finite number`);
        measured[metric.name] = { value, options: metric.options ?? {} };
      }
      return measured;
    });
    const summary: CellSummary = {
      ...{ cell: cell.levels, seed: cell.seed, backend: runtime.backend, epochs: recipe.epochs, steps },
      ...{ seconds: Math.round(10 * seconds) / 10, figures, identity, file: digest },
    };
    await writeCellSummary(folder, summary);
    return summary;
  } finally {
    method.dispose();
    await reportUnreadable([source, splits.train, splits.test], folder, say);
  }
}
