import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { type Curve, type ReportInput, writeReport } from '@hcsc/report';
import type { Runtime } from '@hcsc/runtime';
import {
  duration,
  type EpochRecord,
  evaluationView,
  type LogRecord,
  type Method,
  type Recipe,
  type StepRecord,
} from '@hcsc/train';
import { methodTree } from './method-tree.js';
import type { Comparison } from './pretrain-command.js';
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
}

/** Writes the HTML report of a finished run. */
export async function writeRunReport(path: string, run: RunToReport): Promise<void> {
  const { recipe, runtime, scores, method, source, steps, seconds } = run;
  const log = (await readFile(join(run.folder, 'log.jsonl'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord);
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
        row('raw pixels', scores.pixels),
      ],
    },
    curves: curves(log, steps / recipe.epochs),
    views: {
      rows: await sampleViews(recipe, source, spreadIndices(source, Math.min(ROWS, source.length)), recipe.seed),
    },
    tree: (await methodTree(method, source, evaluationView(recipe))) ?? undefined,
  };
  await writeReport(path, input);
}

/** One plot a figure: the loss and its parts over the steps, keep-rates by level together, speed over the epochs. */
function curves(log: readonly LogRecord[], stepsPerEpoch: number): Curve[] {
  const steps = log.filter((record): record is StepRecord => record.type === 'step');
  const epochs = log.filter((record): record is EpochRecord => record.type === 'epoch');
  const series = (name: string, value: (record: StepRecord) => number | undefined) => {
    const given = steps.filter((record) => value(record) !== undefined);
    return { name, x: given.map((record) => record.step / stepsPerEpoch), y: given.map((record) => value(record)!) };
  };
  const names = [...new Set(steps.flatMap((record) => Object.keys(record.parts)))];
  const keep = names.filter((name) => name.startsWith('keep'));
  const losses = names.filter((name) => !name.startsWith('keep') && name !== 'accuracy');
  const part = (name: string) => series(name, (record) => record.parts[name]);
  const xLabel = 'epoch';
  const plots: Curve[] = [
    { title: 'Loss', xLabel, yLabel: 'loss', series: [series('total', (record) => record.loss), ...losses.map(part)] },
  ];
  if (names.includes('accuracy')) {
    plots.push({ title: 'Contrastive accuracy', xLabel, yLabel: 'share of queries', series: [part('accuracy')] });
  }
  if (keep.length > 0) {
    plots.push({ title: 'Negatives kept, by level', xLabel, yLabel: 'share of the queue', series: keep.map(part) });
  }
  plots.push({
    title: 'Learning rate',
    xLabel,
    yLabel: 'rate',
    series: [series('learning rate', (record) => record.learningRate)],
  });
  if (epochs.length > 1) {
    plots.push({
      title: 'Speed',
      xLabel,
      yLabel: 'images per second',
      series: [
        {
          name: 'training',
          x: epochs.map((record) => record.epoch + 1),
          y: epochs.map((record) => record.time.imagesPerSecond!),
        },
      ],
    });
  }
  return plots;
}
