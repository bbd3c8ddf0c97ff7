import { readSafetensors, SafetensorsError, toTensors, writeSafetensors } from '@hcsc/weights';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Method, MethodState } from './method.js';
import type { Optimizer } from './optimizer.js';

/** What this version writes, and the only one it reads. */
const FORMAT = 2;

/** Where a run stands, next to the state of its parts. */
export interface RunPosition {
  /** Steps done. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Sums over the steps done of the current epoch, for the epoch's means. */
  readonly sums: Readonly<Record<string, number>>;
  /** What was measured before the current epoch. */
  readonly before: Readonly<Record<string, number>>;
  /** Seconds trained, over all sittings. */
  readonly seconds: number;
  /** The best epoch so far, by the figure that the recipe's checkpoints go by. */
  readonly best: BestEpoch | null;
  /** What must agree for the run to go on: seed, epochs, batch size and so on. */
  readonly recipe: Readonly<Record<string, unknown>>;
}

/** The epoch whose figure is the best. */
export interface BestEpoch {
  readonly figure: string;
  readonly value: number;
  /** Steps done at its end. */
  readonly step: number;
  /** If it is by the loss: what the loss consisted of. */
  readonly parts?: readonly string[];
}

/**
 * Writes method, optimiser and position to a safetensors file with a checksum, whole or not at all.
 *
 * @throws RangeError that names the first tensor with a value that is not finite; the system's error if the file cannot
 *   be written. What stood at `path` stays then.
 */
export async function writeCheckpoint(
  path: string,
  method: Method,
  optimizer: Optimizer,
  position: RunPosition,
): Promise<void> {
  const { tensors, values } = method.state();
  const named: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(tensors)) named[`method/${name}`] = value;
  for (const [name, value] of Object.entries(optimizer.state())) named[`optimizer/${name}`] = value;
  await writeSafetensors(path, named, {
    metadata: { checkpoint: String(FORMAT), position: JSON.stringify(position), method: JSON.stringify(values) },
    checksum: true,
    finite: true,
  });
}

/** A checkpoint read back: the position, and a function that puts the state into a method and an optimiser. */
export interface Checkpoint {
  readonly position: RunPosition;
  restore(method: Method, optimizer: Optimizer): void;
}

/**
 * Reads what {@link writeCheckpoint} wrote.
 *
 * @throws SafetensorsError if the file is torn or altered; Error if it is no checkpoint, or one of another version.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path);
  const { checkpoint: format, sha256 } = metadata;
  if (format === undefined) throw new SafetensorsError(path, 'it is no checkpoint of a run');
  if (format !== String(FORMAT)) {
    const newer = Number(format) > FORMAT;
    throw new Error(
      `Cannot read ${path}: it is a checkpoint of version ${format}, and this @hcsc/train reads version ${FORMAT}. ` +
        (newer ? 'Update @hcsc/train' : 'Go on with the @hcsc/train that wrote it, or start the run anew'),
    );
  }
  if (sha256 === undefined) throw new SafetensorsError(path, 'it should have a checksum, and has none');
  return {
    position: JSON.parse(metadata.position!) as RunPosition,
    restore(method, optimizer) {
      const all = toTensors(tensors);
      try {
        const group = (prefix: string) =>
          Object.fromEntries(
            Object.entries(all)
              .filter(([name]) => name.startsWith(prefix))
              .map(([name, value]) => [name.slice(prefix.length), value]),
          );
        const values = JSON.parse(metadata.method!) as MethodState['values'];
        method.restore({ tensors: group('method/'), values });
        optimizer.restore(group('optimizer/'));
      } finally {
        dispose(all);
      }
    },
  };
}
