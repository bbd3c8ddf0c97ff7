import { join, relative } from 'node:path';
import { type BackendChoice, startRuntime } from '@hcsc/runtime';
import {
  applySettings,
  checkpointPaths,
  duration,
  type PretrainOptions,
  type PretrainResult,
  pretrain,
  progressLog,
  type Recipe,
  RUN_FILES,
  RunDiffersError,
  savedPairs,
} from '@hcsc/train';
import { writeFileAtomically } from '@hcsc/weights';
import { type Comparison, compareScores } from './compare-scores.js';
import { preparedEncoder, type Scores, splitsOf } from './evaluate.js';
import { interruptSignal } from './interrupt.js';
import { loadRecipe } from './load-recipe.js';
import { runNeighbours } from './neighbours/run-neighbours.js';
import { notedPairs } from './pairs/noted-pairs.js';
import { pairsProgress } from './pairs/pairs-progress.js';
import { showPairs } from './pairs/show-pairs.js';
import { pretrainAgain } from './pretrain-again.js';
import { removesResults } from './removes-results.js';
import { reportUnreadable } from './report-unreadable.js';
import { writeRunReport } from './run-report.js';
import { tensorBoardEmbedding } from './tensor-board-embedding.js';
import { tensorBoardRun } from './tensor-board-run.js';

export interface PretrainCommandOptions {
  set?: Record<string, string>;
  run?: string;
  pairs?: string;
  backend?: BackendChoice;
  resume?: boolean;
  force?: boolean;
  overwrite?: boolean;
  checkpointEpochs?: number;
  checkpointMinutes?: number;
  keep?: number;
  threads?: number;
  compile?: boolean;
  workers?: number;
  evaluate?: boolean;
  tensorboard?: boolean;
  quiet?: boolean;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** `hcsc pretrain`: gives the exit code, 128 and the signal's number if it was interrupted. */
export async function pretrainCommand(file: string, options: PretrainCommandOptions): Promise<number> {
  const { set = {}, backend, resume, force, overwrite, threads, compile, workers } = options;
  const { evaluate = true, tensorboard = false, quiet = false } = options;
  const recipe = asAsked(applySettings(await loadRecipe(file), set), options);
  const folder = options.run ?? join('runs', recipe.name);
  if (overwrite && (resume || force)) {
    throw new Error(`Give --overwrite to start ${folder} anew, or ${resume ? '--resume' : '--force'} to go on with it`);
  }
  if (resume && (await checkpointPaths(join(folder, RUN_FILES.checkpoints))).length === 0) {
    throw new Error(`Nothing to resume: ${folder} holds no checkpoint`);
  }
  const say = (line: string) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  };
  const runtime = await startRuntime({ backend, threads, log: say });
  const interrupt = interruptSignal(() => say('\nInterrupted: finishing the step and writing the run …'));
  try {
    const board = tensorboard ? await tensorBoardRun(recipe, folder) : null;
    const progress = quiet ? null : pairsProgress();
    const { recipe: noted, found } = notedPairs(board?.recipe ?? recipe, async (mined, context) => {
      await progress?.close();
      await showPairs(mined, context, { name: recipe.name, from: options.pairs ?? null, say });
    });
    const result = await pretrainOrSayWhatDiffers(noted, {
      folder,
      existing: overwrite ? 'replace' : 'resume',
      force,
      signal: interrupt.signal,
      compile,
      workers,
      loggers: [removesResults(folder), ...(quiet ? [] : [progressLog()]), ...(board ? [board.logger] : [])],
      findingPairs: progress ? { loggers: [progress.logger], onProgress: progress.onProgress } : {},
      afterEpoch: board?.afterEpoch,
      details: { recipeFile: relative(folder, file), backend: runtime.backend, runtime: runtime.info },
    }).finally(() => progress?.close());
    // From here on nothing is half-written: a signal may end the process at once.
    interrupt.release();
    const sources = [result.source];
    try {
      if (result.interrupted) {
        say(`Stopped after ${result.steps} steps. To go on: ${pretrainAgain(file, folder, options)}`);
        return interrupt.code;
      }
      say(`Trained ${result.steps} steps in ${duration(result.seconds)}`);
      if (interrupt.signal.aborted) {
        say(`Not evaluated. To do so: ${pretrainAgain(file, folder, options)}`);
        return interrupt.code;
      }
      if (!evaluate || !recipe.data.test) return 0;
      const splits = await splitsOf(recipe, result.source);
      if (!splits) {
        say('Not evaluated: the training images have no labels, and the recipe has no data.labelled');
        return 0;
      }
      sources.push(splits.train, splits.test);
      const scores = await compareScores(recipe, result, splits, say);
      if (board) await tensorBoardEmbedding(preparedEncoder(recipe, result.method.encoder), splits.test, folder);
      const report = join(folder, 'report.html');
      // First, so that the scores are kept whatever comes of the report.
      await writeFileAtomically(
        join(folder, 'summary.json'),
        summary(recipe, runtime.backend, result.seconds, scores, report),
      );
      const neighbours = await runNeighbours({ recipe, method: result.method, folder, splits, say });
      await writeRunReport(report, { recipe, folder, runtime, scores, pairs: found(), neighbours, ...result });
      process.stdout.write(`${table(recipe.name, scores)}\nReport: ${report}\n`);
      return 0;
    } finally {
      result.method.dispose();
      await reportUnreadable(sources, folder, say);
    }
  } finally {
    interrupt.release();
    runtime.stop();
  }
}

/** The recipe with pairs and checkpoints as the command line wants them. */
function asAsked(recipe: Recipe, options: PretrainCommandOptions): Recipe {
  const { pairs, checkpointEpochs: everyEpochs, checkpointMinutes: everyMinutes, keep } = options;
  const checkpoints = {
    ...recipe.checkpoints,
    ...(everyEpochs !== undefined && { everyEpochs }),
    ...(everyMinutes !== undefined && { everyMinutes }),
    ...(keep !== undefined && { keep }),
  };
  return { ...recipe, ...(pairs !== undefined && { pairs: savedPairs(pairs) }), checkpoints };
}

/** Plans of pairs differ in dozens of values if they differ at all. */
const SHOWN_DIFFERENCES = 8;

async function pretrainOrSayWhatDiffers(recipe: Recipe, options: PretrainOptions): Promise<PretrainResult> {
  try {
    return await pretrain(recipe, options);
  } catch (error) {
    // That of an encoder, which pairs need, says itself what to do.
    if (!(error instanceof RunDiffersError) || error.folder !== options.folder) throw error;
    const list = error.differences.slice(0, SHOWN_DIFFERENCES).map((line) => `\n  ${line}`);
    const more = error.differences.length - list.length;
    if (more > 0) list.push(`\n  and ${more} more`);
    throw new Error(
      `${error.folder} holds a run that another recipe began:${list.join('')}\n` +
        'Give another --run, --overwrite to start anew, or --force to go on with it all the same',
      { cause: error },
    );
  }
}

function summary(recipe: Recipe, backend: string, seconds: number, scores: Comparison, report: string): string {
  const column = (protocol: keyof Scores) => ({
    trained: scores.trained[protocol],
    untrained: scores.untrained[protocol],
    pixels: scores.pixels?.[protocol] ?? null,
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
    ...(pixels ? [['raw pixels', percent(pixels.knn), percent(pixels.linear)] as const] : []),
  ] as const;
  const width = Math.max(...rows.map((row) => row[0].length));
  return rows
    .map(([what, knn, linear]) => `${what.padEnd(width)}  ${knn.padStart(7)}  ${linear.padStart(7)}`)
    .join('\n');
}
