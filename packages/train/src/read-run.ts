import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { openSafetensors } from '@hcsc/weights';
import type { BestEpoch, RunPosition } from './checkpoint.js';
import { checkpointSteps, stepPath } from './checkpoint-folder.js';
import { isRun } from './is-run.js';
import { type Json, jsonObject } from './json-object.js';
import type { EpochRecord, StepRecord, WarningRecord } from './log-record.js';
import { logTail } from './log-tail.js';
import { RUN_FILES, type RunStatus } from './run-files.js';
import { runAtWork } from './run-lock.js';

/** A checkpoint of a run, as its folder shows it. */
export interface RunCheckpoint {
  readonly path: string;
  /** Steps done. */
  readonly step: number;
  readonly bytes: number;
  readonly written: Date;
}

/** What a run folder tells of its run; null stands for what cannot be told. */
export interface RunInfo {
  readonly folder: string;
  /** The recipe's name; the folder's if `config.json` cannot be read. */
  readonly name: string;
  /** `'killed'` if its process ended without a chance to say so. */
  readonly state: 'running' | 'killed' | RunStatus['state'] | null;
  /** Why it failed; null if it did not. */
  readonly message: string | null;
  /** Steps done. */
  readonly step: number | null;
  readonly stepsPerEpoch: number | null;
  readonly epochs: number | null;
  /** The last record of each type, if it is among the log's last 64 KiB. */
  readonly last: {
    readonly step: StepRecord | null;
    readonly epoch: EpochRecord | null;
    readonly warning: WarningRecord | null;
  };
  /** When the log was written last: the last sign of life. */
  readonly written: Date | null;
  /** Newest first. */
  readonly checkpoints: readonly RunCheckpoint[];
  /** What the best checkpoint is best by. */
  readonly best: BestEpoch | null;
}

const count = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const STATES: readonly unknown[] = ['finished', 'interrupted', 'failed'] satisfies RunStatus['state'][];

async function stateOf(folder: string, status: Json | null): Promise<RunInfo['state']> {
  const atWork = await runAtWork(folder).catch(() => 'no');
  if (atWork === 'working') return 'running';
  if (atWork === 'killed') return 'killed';
  return STATES.includes(status?.state) ? (status!.state as RunStatus['state']) : null;
}

async function checkpointsOf(folder: string): Promise<RunCheckpoint[]> {
  const inner = join(folder, RUN_FILES.checkpoints);
  const steps = await checkpointSteps(inner).catch(() => []);
  const found = steps.map(async (step) => {
    const path = stepPath(inner, step);
    // It may have been taken away meanwhile.
    const file = await stat(path).catch(() => null);
    return file ? [{ path, step, bytes: file.size, written: file.mtime }] : [];
  });
  return (await Promise.all(found)).flat();
}

async function bestOf(folder: string): Promise<BestEpoch | null> {
  try {
    const file = await openSafetensors(join(folder, RUN_FILES.checkpoints, 'best.safetensors'));
    await file.close();
    const { best } = JSON.parse(file.metadata.position!) as RunPosition;
    return typeof best?.figure === 'string' && typeof best.value === 'number' && count(best.step) !== null
      ? best
      : null;
  } catch {
    return null;
  }
}

/**
 * What a run folder tells of its run, whoever trains it or has trained it: how far it is, how it ended, its last figures.
 *
 * It only looks, and fast: of the log the last 64 KiB are read, of checkpoints the header. What is damaged or not
 * there is null.
 *
 * @throws Error if the folder is not that of a run.
 *
 * @example
 * ```ts
 * const { state, step, last } = await readRun('runs/hcsc');
 * console.log(state, step, last.epoch?.loss);
 * ```
 */
export async function readRun(folder: string): Promise<RunInfo> {
  if (!(await isRun(folder))) {
    throw new Error(`${folder} is no run folder: needed ${RUN_FILES.config}, as a run writes it at its start`);
  }
  const at = (name: string) => join(folder, name);
  const config = await jsonObject(at(RUN_FILES.config));
  const status = await jsonObject(at(RUN_FILES.status));
  const log = await logTail(at(RUN_FILES.log));
  const state = await stateOf(folder, status);
  const checkpoints = await checkpointsOf(folder);
  const images = count((config?.data as Json | undefined)?.images);
  const pairs = count((config?.foundPairs as Json | undefined)?.count) ?? 0;
  const batch = count(config?.batchSize);
  const logged = log && Math.max(log.step ? log.step.step + 1 : -1, log.epoch?.step ?? -1);
  const begun = log?.size === 0 ? 0 : null;
  return {
    folder,
    name: text(config?.name) ?? basename(resolve(folder)),
    state,
    message: state === 'failed' ? text(status?.message) : null,
    step: logged !== null && logged >= 0 ? logged : (count(status?.step) ?? checkpoints[0]?.step ?? begun),
    stepsPerEpoch: count(config?.stepsPerEpoch) ?? (images && batch ? Math.floor((images + pairs) / batch) : null),
    epochs: count(config?.epochs),
    last: { step: log?.step ?? null, epoch: log?.epoch ?? null, warning: log?.warning ?? null },
    written: log?.written ?? null,
    checkpoints,
    best: await bestOf(folder),
  };
}
