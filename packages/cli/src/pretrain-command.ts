import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type FeatureEncoder, rawPixels } from '@hcsc/eval';
import { type BackendChoice, startRuntime } from '@hcsc/runtime';
import {
  applySettings,
  buildMethod,
  duration,
  type PretrainResult,
  pretrain,
  progressLog,
  type Recipe,
} from '@hcsc/train';
import { writeFileAtomically } from '@hcsc/weights';
import { preparedEncoder, type Scores, type Splits, scores, splitsOf } from './evaluate.js';
import { interruptSignal } from './interrupt.js';
import { loadRecipe } from './load-recipe.js';
import { reportUnreadable, UNREADABLE } from './report-unreadable.js';
import { writeRunReport } from './run-report.js';

export interface PretrainCommandOptions {
  set?: Record<string, string>;
  run?: string;
  backend?: BackendChoice;
  resume?: boolean;
  overwrite?: boolean;
  compile?: boolean;
  workers?: number;
  evaluate?: boolean;
  quiet?: boolean;
}

/** The rows of the final table, by what the features are of. */
export interface Comparison {
  readonly trained: Scores;
  readonly untrained: Scores;
  readonly pixels: Scores;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** `hcsc pretrain`: gives the exit code, 130 if it was interrupted. */
export async function pretrainCommand(file: string, options: PretrainCommandOptions): Promise<number> {
  const { set = {}, backend, resume, overwrite, compile, workers, evaluate = true, quiet = false } = options;
  const recipe = applySettings(await loadRecipe(file), set);
  const folder = options.run ?? join('runs', recipe.name);
  if (existsSync(join(folder, 'checkpoint.safetensors')) && !resume && !overwrite) {
    throw new Error(
      `${folder} holds a run: give --resume to go on with it, --overwrite to replace it, or another --run`,
    );
  }
  const say = (line: string) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  };
  const runtime = await startRuntime({ backend, log: say });
  const { signal, release } = interruptSignal(() => say('\nInterrupted: finishing the step and writing the run …'));
  try {
    for (const file of ['summary.json', 'report.html', UNREADABLE]) await rm(join(folder, file), { force: true });
    const result = await pretrain(recipe, {
      folder,
      existing: resume ? 'resume' : 'replace',
      signal,
      compile,
      workers,
      loggers: quiet ? [] : [progressLog()],
      details: { recipeFile: relative(folder, file), backend: runtime.backend, runtime: runtime.info },
    });
    const sources = [result.source];
    try {
      if (result.interrupted) {
        say(`Stopped after ${result.steps} steps. To go on: hcsc pretrain ${file} --run ${folder} --resume`);
        return 130;
      }
      say(`Trained ${result.steps} steps in ${duration(result.seconds)}`);
      if (!evaluate || !recipe.data.test) return 0;
      const splits = await splitsOf(recipe, result.source);
      if (!splits) {
        say('Not evaluated: the training images have no labels, and the recipe has no data.labelled');
        return 0;
      }
      sources.push(splits.train, splits.test);
      const scores = await compare(recipe, result, splits, say);
      const report = join(folder, 'report.html');
      await writeRunReport(report, { recipe, folder, runtime, scores, ...result });
      await writeFileAtomically(
        join(folder, 'summary.json'),
        summary(recipe, runtime.backend, result.seconds, scores, report),
      );
      process.stdout.write(`${table(recipe.name, scores)}\nReport: ${report}\n`);
      return 0;
    } finally {
      result.method.dispose();
      await reportUnreadable(sources, folder, say);
    }
  } finally {
    release();
    runtime.stop();
  }
}

/** Scores of the trained encoder, of the same encoder before training, and of the pixels themselves. */
async function compare(
  recipe: Recipe,
  { method, source }: PretrainResult,
  splits: Splits,
  say: (line: string) => void,
): Promise<Comparison> {
  const score = async (what: string, of: FeatureEncoder) => {
    say(`Evaluating ${what}: kNN and a linear classifier …`);
    return scores(of, splits);
  };
  const trained = await score('the trained encoder', preparedEncoder(recipe, method.encoder));
  const fresh = buildMethod(recipe, source);
  try {
    const untrained = await score('the untrained encoder', preparedEncoder(recipe, fresh.encoder));
    return { trained, untrained, pixels: await score('raw pixels', rawPixels) };
  } finally {
    fresh.dispose();
  }
}

function summary(recipe: Recipe, backend: string, seconds: number, scores: Comparison, report: string): string {
  const column = (protocol: keyof Scores) => ({
    trained: scores.trained[protocol],
    untrained: scores.untrained[protocol],
    pixels: scores.pixels[protocol],
  });
  const figures = {
    backend,
    seed: recipe.seed,
    epochs: recipe.epochs,
    seconds: Math.round(seconds * 10) / 10,
    knn: column('knn'),
    linear: column('linear'),
    report,
  };
  return `${JSON.stringify(figures, null, 2)}\n`;
}

function table(name: string, { trained, untrained, pixels }: Comparison): string {
  const rows = [
    ['top-1 on the test images', 'kNN', 'linear'],
    [`${name}, trained`, percent(trained.knn), percent(trained.linear)],
    [`${name}, untrained`, percent(untrained.knn), percent(untrained.linear)],
    ['raw pixels', percent(pixels.knn), percent(pixels.linear)],
  ] as const;
  const width = Math.max(...rows.map((row) => row[0].length));
  return rows
    .map(([what, knn, linear]) => `${what.padEnd(width)}  ${knn.padStart(7)}  ${linear.padStart(7)}`)
    .join('\n');
}
