import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { type ReportInput, type ReportNeighbours, type ReportPairs, writeReport } from '@hcsc/report';
import type { Runtime } from '@hcsc/runtime';
import type { MinedPairs } from '@hcsc/samplers';
import { duration, evaluationView, type Method, PAIR_FILES, type Recipe, RUN_FILES } from '@hcsc/train';
import type { Comparison } from './compare-scores.js';
import { methodTree } from './method-tree.js';
import { keptSummary } from './pairs/kept-summary.js';
import { pairFacts } from './pairs/pair-facts.js';
import { bySimilarity } from './pairs/pair-groups.js';
import { pairSamples } from './pairs/pair-samples.js';
import { runCurves } from './run-curves.js';
import { sampleViews, spreadIndices } from './sample-views.js';

/** How many images are shown with their views. */
const ROWS = 6;

/** What a report is made from. */
export interface RunToReport {
  readonly recipe: Recipe;
  readonly folder: string;
  readonly runtime: Runtime;
  readonly scores: Comparison;
  readonly method: Method;
  readonly source: ImageSource;
  readonly steps: number;
  readonly seconds: number;
  /** What it was trained on besides the images. */
  readonly pairs: MinedPairs | null;
  readonly neighbours: ReportNeighbours | undefined;
}

/** Writes the HTML report of a finished run. */
export async function writeRunReport(path: string, run: RunToReport): Promise<void> {
  const { recipe, runtime, scores, method, source, steps, seconds, pairs, neighbours } = run;
  const { curves, warnings } = await runCurves(join(run.folder, RUN_FILES.log), steps / recipe.epochs);
  const row = (name: string, { knn, linear }: Comparison['trained'], highlight = false) => ({
    name,
    values: [knn, linear],
    highlight,
  });
  const input: ReportInput = {
    title: recipe.name,
    subtitle: `${recipe.epochs} epochs on ${recipe.data.name}`,
    facts: [
      ['Backend', runtime.reason],
      ['Seed', String(recipe.seed)],
      ['Training images', source.length.toLocaleString('en')],
      ['Batch size', String(recipe.batchSize)],
      ['Steps', steps.toLocaleString('en')],
      ['Learning rate', `${recipe.optimizer.learningRate}, ${recipe.schedule.name}`],
      ['Training time', duration(seconds)],
    ],
    results: {
      columns: ['kNN top-1', 'Linear top-1'],
      rows: [
        row(`${recipe.name}, trained`, scores.trained, true),
        row(`${recipe.name}, untrained`, scores.untrained),
        ...(scores.pixels ? [row('raw pixels', scores.pixels)] : []),
      ],
    },
    warnings,
    curves,
    views: {
      rows: await sampleViews(recipe, source, spreadIndices(source, Math.min(ROWS, source.length)), recipe.seed),
    },
    ...(pairs && { pairs: await pairsOf(run, pairs) }),
    ...(neighbours && { neighbours }),
    tree: (await methodTree(method, source, evaluationView(recipe))) ?? undefined,
  };
  await writeReport(path, input);
}

/** Pairs of each group in the report. */
const PAIRS = 5;

async function pairsOf({ folder, source }: RunToReport, mined: MinedPairs): Promise<ReportPairs> {
  const place = join(folder, RUN_FILES.pairs);
  const page = `${RUN_FILES.pairs}/${PAIR_FILES.page}`;
  return {
    facts: pairFacts(mined, await keptSummary(place, mined), source.labels),
    samples: await pairSamples(mined, source, { order: bySimilarity(mined), folder: place, count: PAIRS }),
    ...(existsSync(join(folder, page)) && { page }),
  };
}
