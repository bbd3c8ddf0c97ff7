import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveHierarchy, saveLayersModel, writeFileAtomically } from '@hcsc/weights';
import { type RunPosition, writeCheckpoint } from './checkpoint.js';
import { type CheckpointFolder, type CheckpointRule, checkpointFolder } from './checkpoint-folder.js';
import { isRun } from './is-run.js';
import { keepLogBefore } from './keep-log-before.js';
import type { LogRecord } from './log-record.js';
import type { Method } from './method.js';
import type { Optimizer } from './optimizer.js';
import { RunDiffersError } from './run-differs-error.js';
import { RUN_FILES, type RunStatus } from './run-files.js';
import { runDifferences } from './run-identity.js';

/** How a run folder is opened. */
export interface OpenRunOptions {
  readonly existing: 'refuse' | 'resume' | 'replace';
  /** Go on although the recipe differs. */
  readonly force: boolean;
  readonly settled: Readonly<Record<string, unknown>>;
  readonly stepsPerEpoch: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly checkpoints: CheckpointRule;
  readonly notice: (message: string) => void;
  /** Shown each record that the log keeps, in order. */
  readonly replay: (record: LogRecord) => void;
}

/** A run folder that is ready to be trained into. */
export interface RunFolder {
  readonly checkpoints: CheckpointFolder;
  readonly position: RunPosition;
  /** Writes the checkpoint, the encoder and the prototypes. */
  save(position: RunPosition, options: { best: boolean }): Promise<void>;
  /** Says how the sitting ended. */
  end(status: RunStatus): Promise<void>;
}

/** A file that was being written. */
const UNFINISHED = /\.(tmp|part)$/;

/** What may be there before the run itself is. */
const BEFORE_RUN: readonly string[] = [RUN_FILES.lock, RUN_FILES.pairs];

/** Throws unless the folder is new, empty, or that of a run: what is written must not land among a user's own files. */
async function refuseForeign(folder: string): Promise<void> {
  if (!existsSync(folder) || (await isRun(folder))) return;
  const names = (await readdir(folder)).filter((name) => !BEFORE_RUN.includes(name) && !UNFINISHED.test(name));
  if (names.length === 0) return;
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
  throw new Error(`${folder} is no run folder: it holds ${shown}. Give a new or an empty folder`);
}

/** Throws if the folder is not one to train into: it holds files that are no run's, or a run that is not wanted. */
export async function checkRunFolder(folder: string, existing: OpenRunOptions['existing']): Promise<void> {
  await refuseForeign(folder);
  if (existing === 'refuse' && (await isRun(folder))) {
    throw new Error(`${folder} holds a run: resume it, replace it, or give another folder`);
  }
}

/** What a process that was killed has left of files it was writing. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const inner of ['.', RUN_FILES.checkpoints, RUN_FILES.encoder]) {
    const names = await readdir(join(folder, inner)).catch(() => []);
    for (const name of names) if (UNFINISHED.test(name)) await rm(join(folder, inner, name), { force: true });
  }
}

/**
 * Opens a run folder, and puts the state of the checkpoint it holds into method and optimiser.
 *
 * @throws RunDiffersError if it holds a run of another recipe; Error if it holds one that is not wanted, or files that are no
 *   run's, or no checkpoint that is whole; if it is further than the recipe goes. What is there stays.
 */
export async function openRun(
  folder: string,
  method: Method,
  optimizer: Optimizer,
  { existing, force, settled, stepsPerEpoch, details, checkpoints: rule, notice, replay }: OpenRunOptions,
): Promise<RunFolder> {
  await checkRunFolder(folder, existing);
  const at = (name: string) => join(folder, name);
  const checkpoints = checkpointFolder(at(RUN_FILES.checkpoints), rule);
  const found = existing === 'replace' ? null : await checkpoints.read();
  // An encoder is written after a checkpoint: somebody has deleted these, and may want to keep the rest.
  if (!found && existing !== 'replace' && existsSync(at(RUN_FILES.encoder))) {
    throw new Error(
      `Cannot go on with ${folder}: it holds an encoder, but no checkpoint any more. Replace the run, or give another folder`,
    );
  }
  let changed: string[] = [];
  let position: RunPosition = {
    ...{ step: 0, stepsPerEpoch, seconds: 0, best: null },
    ...{ sums: {}, before: {}, recipe: settled },
  };
  if (found) {
    changed = runDifferences(found.position.recipe, settled);
    if (changed.length > 0) {
      if (!force) throw new RunDiffersError(folder, changed);
      if (found.position.stepsPerEpoch !== stepsPerEpoch) {
        throw new Error(
          `Cannot go on with ${folder}: an epoch had ${found.position.stepsPerEpoch} steps and has ${stepsPerEpoch}, which cannot be forced. Give another folder`,
        );
      }
      const steps = Number(settled.epochs) * stepsPerEpoch;
      if (found.position.step > steps) {
        throw new Error(
          `Cannot go on with ${folder}: it has done ${found.position.step} steps, and the recipe ends after ${steps}, which cannot be forced. Give more epochs, or another folder`,
        );
      }
      notice(`Going on although the recipe has changed: ${changed.join('; ')}`);
    }
    found.restore(method, optimizer);
    await found.take(notice);
    position = { ...found.position, recipe: settled };
  }
  await mkdir(folder, { recursive: true });
  await removeUnfinished(folder);
  await rm(at(RUN_FILES.status), { force: true });
  if (!found) {
    // Checkpoints last: what is without them is not gone on with.
    const outputs = [RUN_FILES.hierarchy, RUN_FILES.encoder, RUN_FILES.checkpoints];
    for (const name of outputs) await rm(at(name), { recursive: true, force: true });
  }
  await writeFileAtomically(at(RUN_FILES.config), `${JSON.stringify({ ...settled, ...details }, null, 2)}\n`);
  let logged = 0;
  await keepLogBefore(at(RUN_FILES.log), position.step, (record) => {
    if (record.type === 'step') logged++;
    replay(record);
  });
  if (logged < position.step) {
    notice(
      `${at(RUN_FILES.log)} has the lines of ${logged} of ${position.step} steps: others were taken out, or are damaged. The run itself lacks nothing`,
    );
  }
  const write = (now: RunPosition, options: { best: boolean }) =>
    checkpoints.write(now.step, (path) => writeCheckpoint(path, method, optimizer, now), options);
  // From now on it is a run of this recipe, also if it ends before its next checkpoint.
  if (changed.length > 0) await write(position, { best: false });
  return {
    checkpoints,
    position,
    async save(position, options) {
      await write(position, options);
      await saveLayersModel(method.encoder, at(RUN_FILES.encoder));
      if (method.hierarchy) await saveHierarchy(at(RUN_FILES.hierarchy), method.hierarchy);
    },
    end: (status) => writeFileAtomically(at(RUN_FILES.status), `${JSON.stringify(status)}\n`),
  };
}
