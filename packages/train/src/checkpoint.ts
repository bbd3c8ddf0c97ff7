import { join } from 'node:path';
import { readSafetensors, toTensors, writeSafetensors } from '@hcsc/weights';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Method, MethodState } from './method.js';
import type { Optimizer } from './sgd.js';

const FORMAT = 1;
export const CHECKPOINT = 'checkpoint.safetensors';

/** Where a run stands, next to the state of its parts. */
export interface RunPosition {
  /** Steps done. */
  readonly step: number;
  /** Sums over the steps done of the current epoch, for the epoch's means. */
  readonly sums: Readonly<Record<string, number>>;
  /** What the method reported before the current epoch. */
  readonly before: Readonly<Record<string, number>>;
  /** Seconds trained, over all sittings. */
  readonly seconds: number;
  /** What must agree for the run to go on: seed, epochs, batch size and so on. */
  readonly recipe: Readonly<Record<string, unknown>>;
}

/** Writes method, optimiser and position to `folder/checkpoint.safetensors`, replacing the one before it. */
export async function writeCheckpoint(
  folder: string,
  method: Method,
  optimizer: Optimizer,
  position: RunPosition,
): Promise<void> {
  const { tensors, values } = method.state();
  const named: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(tensors)) named[`method/${name}`] = value;
  for (const [name, value] of Object.entries(optimizer.state())) named[`optimizer/${name}`] = value;
  await writeSafetensors(join(folder, CHECKPOINT), named, {
    metadata: { format: String(FORMAT), position: JSON.stringify(position), method: JSON.stringify(values) },
  });
}

/** A checkpoint read back: the position, and a function that puts the state into a method and an optimiser. */
export interface Checkpoint {
  readonly position: RunPosition;
  restore(method: Method, optimizer: Optimizer): void;
}

/**
 * Reads `folder/checkpoint.safetensors`.
 *
 * @throws Error if there is none, if it is damaged, or if its format is not the one this version writes.
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const path = join(folder, CHECKPOINT);
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.format !== String(FORMAT)) {
    throw new Error(`Cannot read ${path}: needed format ${FORMAT}, found ${metadata.format ?? 'none'}`);
  }
  return {
    position: JSON.parse(metadata.position ?? '{}') as RunPosition,
    restore(method, optimizer) {
      const all = toTensors(tensors);
      try {
        const group = (prefix: string) =>
          Object.fromEntries(
            Object.entries(all)
              .filter(([name]) => name.startsWith(prefix))
              .map(([name, value]) => [name.slice(prefix.length), value]),
          );
        const values = JSON.parse(metadata.method ?? '{}') as MethodState['values'];
        method.restore({ tensors: group('method/'), values });
        optimizer.restore(group('optimizer/'));
      } finally {
        dispose(all);
      }
    },
  };
}
