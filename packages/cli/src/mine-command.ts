import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type BackendChoice, startRuntime } from '@hcsc/runtime';
import type { MinedPairs } from '@hcsc/samplers';
import { applySettings, evaluationView, PAIR_FILES, type PairPlan, type Recipe, runAtWork } from '@hcsc/train';
import { interruptSignal } from './interrupt.js';
import { loadRecipe } from './load-recipe.js';
import { keptSummary } from './pairs/kept-summary.js';
import { type MinePlanOptions, minePlan } from './pairs/mine-plan.js';
import { pairFacts } from './pairs/pair-facts.js';
import { writePairsPage } from './pairs/pairs-page.js';
import { pairsProgress } from './pairs/pairs-progress.js';
import { reportUnreadable } from './report-unreadable.js';
import { alignedLines } from './runs-cells.js';
import { shellWord } from './shell-word.js';

export interface MineCommandOptions extends MinePlanOptions {
  set?: Record<string, string>;
  out?: string;
  backend?: BackendChoice;
  overwrite?: boolean;
  quiet?: boolean;
}

/** `hcsc mine`: gives the exit code, 128 and the signal's number if it was interrupted. */
export async function mineCommand(file: string, options: MineCommandOptions): Promise<number> {
  const { set = {}, backend, overwrite = false, quiet = false } = options;
  const recipe = applySettings(await loadRecipe(file), set);
  const run = join('runs', recipe.name);
  const folder = options.out ?? join(run, 'pairs');
  const plan = await minePlan(recipe, options);
  if (options.encoder !== undefined && !existsSync(options.encoder)) {
    throw new Error(`No encoder at ${options.encoder}: give weights, a run, or a recipe`);
  }
  const say = (line: string) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  };
  const runtime = await startRuntime({ backend, log: say });
  const interrupt = interruptSignal(() => say('\nInterrupted: keeping what is done …'));
  try {
    const source = await recipe.data.train();
    if (overwrite) await removePairs(folder);
    const mined = await find(plan, {
      ...{ recipe, source, folder, runs: dirname(resolve(run)), quiet, signal: interrupt.signal },
    });
    if (!mined) {
      say(`Stopped; what is done is kept in ${folder}. To go on: ${mineAgain(file, options)}`);
      return interrupt.code;
    }
    interrupt.release();
    await mkdir(folder, { recursive: true });
    const page = await writePairsPage(folder, { name: recipe.name, mined, source, folder });
    const facts = pairFacts(mined, await keptSummary(folder, mined), source.labels);
    process.stdout.write(`${alignedLines(facts).join('\n')}\nPage: ${page}\n`);
    say(`To train on them: ${trainOn(file, folder, options, plan === recipe.pairs)}`);
    await reportUnreadable([source], null, say);
    return 0;
  } finally {
    interrupt.release();
    runtime.stop();
  }
}

/** What {@link find} needs beside the plan. */
interface Finding {
  readonly recipe: Recipe;
  readonly source: Awaited<ReturnType<Recipe['data']['train']>>;
  readonly folder: string;
  readonly runs: string;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** The pairs of a plan; null if a signal came. */
async function find(plan: PairPlan, { recipe, quiet, ...context }: Finding): Promise<MinedPairs | null> {
  const progress = quiet ? null : pairsProgress();
  try {
    return await plan.find({
      ...context,
      prepare: evaluationView(recipe),
      loggers: progress ? [progress.logger] : [],
      onProgress: progress?.onProgress,
    });
  } catch (error) {
    if (context.signal.aborted) return null;
    throw error;
  } finally {
    await progress?.close();
  }
}

/** Takes the files of pairs out of a folder of pairs; others stay, and so does all that is in a folder of something else. */
async function removePairs(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const ours: readonly string[] = Object.values(PAIR_FILES);
  const arePairs = names.includes(PAIR_FILES.pairs) || names.includes(PAIR_FILES.summary);
  if (!arePairs && !names.every((name) => ours.includes(name))) return; // which is refused, with what it holds
  if ((await runAtWork(folder).catch(() => 'no')) === 'working') {
    throw new Error(`Cannot overwrite the pairs in ${folder}: another process is at work on them`);
  }
  for (const name of Object.values(PAIR_FILES)) await rm(join(folder, name), { recursive: true, force: true });
}

const settings = (set: Readonly<Record<string, string>>) =>
  Object.entries(set).map(([key, value]) => `--set ${shellWord(`${key}=${value}`)}`);

/** The command that goes on, with the options that it was begun with. */
function mineAgain(file: string, options: MineCommandOptions): string {
  const { set = {}, out, encoder, lower, upper, target, share, backend, quiet } = options;
  return [
    `hcsc mine ${shellWord(file)}`,
    ...settings(set),
    ...Object.entries({ out, encoder, lower, upper, target, share, backend }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${shellWord(String(value))}`],
    ),
    ...(quiet ? ['--quiet'] : []),
  ].join(' ');
}

/** The command that trains on these pairs: those of the recipe, where they belong, are found by themselves. */
function trainOn(file: string, folder: string, { set = {}, out }: MineCommandOptions, areOwn: boolean): string {
  const found = areOwn && out === undefined ? [] : [`--pairs ${shellWord(folder)}`];
  return [`hcsc pretrain ${shellWord(file)}`, ...settings(set), ...found].join(' ');
}
