import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SafetensorsError } from '@hcsc/weights';
import { type Checkpoint, readCheckpoint } from './checkpoint.js';

const NAME = /^step-(\d{8,})\.safetensors$/;

/** Which checkpoints a run writes, and which of them stay. */
export interface CheckpointRule {
  /** Epochs between two. Default 1. The last epoch of a run and an interruption always write one. */
  everyEpochs?: number;
  /** Minutes between two, besides: for long epochs. Default 15; `Infinity` for none. */
  everyMinutes?: number;
  /** How many of the newest stay, next to the best. Default 3. */
  keep?: number;
  /**
   * The figure of an epoch's record that says which of the checkpoints is best: `loss`, or one of its parts, of `validation` or
   * of `before`. Default the lowest `loss` among epochs whose loss has the same parts. A contrastive loss says little of
   * what features are good for: validate, and take that.
   */
  best?: { figure: string; order: 'lowest' | 'highest' };
}

/** Second names of checkpoints. */
const [LATEST, BEST] = ['latest.safetensors', 'best.safetensors'];

/** A checkpoint that a run can go on from. */
export interface FoundCheckpoint extends Checkpoint {
  /** To be called when it does: sets newer ones aside that are damaged, and says so. */
  take(notice: (message: string) => void): Promise<void>;
}

/** The checkpoints of a run: `step-00000120.safetensors` by number of steps, `latest` and `best`. */
export interface CheckpointFolder {
  /** Where the newest one that was written or taken stands; null before. */
  readonly last: { readonly path: string; readonly step: number } | null;
  /**
   * The newest that is whole. If none by number is, that with the name latest, or best: a copy, or all that somebody has
   * kept. Null if there are no checkpoints at all.
   *
   * @throws Error if none is whole, or one is of another version.
   */
  read(): Promise<FoundCheckpoint | null>;
  /** Lets `write` make the file of this step, names it latest (and best), and takes away those that are too old. */
  write(step: number, write: (path: string) => Promise<void>, options: { best: boolean }): Promise<void>;
}

/** The steps that a run folder has checkpoints of, newest first; none if there is no such folder. */
export async function checkpointSteps(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

/** Where the checkpoint after so many steps is. */
export const stepPath = (folder: string, step: number): string =>
  join(folder, `step-${String(step).padStart(8, '0')}.safetensors`);

/** The files that a run can go on from, those to be preferred first; none if there is no such folder. */
export async function checkpointPaths(folder: string): Promise<string[]> {
  const steps = await checkpointSteps(folder);
  const names = [LATEST, BEST].map((name) => join(folder, name)).filter(existsSync);
  return [...steps.map((step) => stepPath(folder, step)), ...names];
}

/** A second name for a file, on the disk only once where the file system can. */
async function alsoNamed(path: string, name: string): Promise<void> {
  const beside = `${name}.${process.pid}.tmp`;
  await rm(beside, { force: true });
  await link(path, beside).catch(() => copyFile(path, beside, constants.COPYFILE_FICLONE));
  try {
    await rename(beside, name);
  } finally {
    // Renaming one name of a file to another of its names leaves both.
    await rm(beside, { force: true });
  }
}

/**
 * Opens the folder of a run's checkpoints; it is made when the first is written.
 *
 * @throws RangeError if the rule has a number that it cannot have.
 */
export function checkpointFolder(folder: string, rule: CheckpointRule = {}): CheckpointFolder {
  const { keep = 3, everyEpochs = 1, everyMinutes = 0 } = rule;
  for (const [name, value] of Object.entries({ keep, everyEpochs })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot write checkpoints with ${name} ${value}: give an integer of at least 1`);
    }
  }
  if (!(everyMinutes >= 0)) {
    throw new RangeError(
      `Cannot write checkpoints every ${everyMinutes} minutes: give a number from 0 on, or Infinity`,
    );
  }
  let last: { path: string; step: number } | null = null;
  return {
    get last() {
      return last;
    },
    async read() {
      const damaged: { path: string; problem: string }[] = [];
      for (const path of await checkpointPaths(folder)) {
        try {
          const checkpoint = await readCheckpoint(path);
          const { step } = checkpoint.position;
          return {
            ...checkpoint,
            async take(notice) {
              for (const { path, problem } of damaged) {
                await rename(path, `${path}.damaged`);
                notice(`${problem}. It is ${basename(path)}.damaged now`);
              }
              const which = damaged.length > 0 ? 'checkpoint before' : 'only checkpoint';
              const usual = damaged.length === 0 && path === stepPath(folder, step);
              if (!usual) notice(`Going on from the ${which}, of step ${step}: ${path}`);
              last = { path, step };
            },
          };
        } catch (error) {
          if (!(error instanceof SafetensorsError)) throw error;
          damaged.push({ path, problem: error.message });
        }
      }
      if (damaged.length === 0) return null;
      const problems = damaged.map(({ problem }) => problem).join('; ');
      throw new Error(`No checkpoint in ${folder} is whole: ${problems}. Replace the run, or give another folder`);
    },
    async write(step, write, { best }) {
      await mkdir(folder, { recursive: true });
      const path = stepPath(folder, step);
      await write(path);
      last = { path, step };
      if (best) await alsoNamed(path, join(folder, BEST));
      await alsoNamed(path, join(folder, LATEST));
      for (const old of (await checkpointSteps(folder)).slice(keep)) await rm(stepPath(folder, old), { force: true });
    },
  };
}
