import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageSource, memorySource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { mean, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Logger } from '../logger.js';
import type { MiningEncoder } from './mining-encoder.js';
import type { PairContext } from './pair-plan.js';

const pixels = Uint8Array.from({ length: 30 * 16 }, (_, at) => {
  const [image, pixel] = [at >> 4, at & 15];
  const kind = image % 3;
  const noise = createRng(image >= 27 ? kind : image).uniform() * 40;
  return ((pixel + kind * 5) % 16 < 6 ? 200 : 10) + (pixel % 4 === image % 4 ? noise : 0);
});

/** Images `[30, 4, 4, 1]` of three kinds, with some bytes changed. */
export function kindsWith(changes: Readonly<Record<number, number>>): ImageSource {
  const bytes = pixels.slice();
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  const labels = Int32Array.from({ length: 30 }, (_, i) => i % 3);
  return memorySource(bytes, [4, 4, 1], { name: 'kinds', labels, classes: ['bar', 'dot', 'ring'] });
}

export const kinds = kindsWith({});

/** The pairs among some images by the cosine of their pixels, one after another. */
export function pairsByPixels(lower: number, upper: number, among = Array.from({ length: 30 }, (_, i) => i)) {
  const row = (i: number) => Array.from(pixels.subarray(16 * i, 16 * i + 16));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  const found = { pairs: [] as number[], similarities: [] as number[], duplicates: [] as number[] };
  for (const i of among) {
    for (const j of among.filter((other) => other > i)) {
      const cosine = dot(row(i), row(j)) / Math.sqrt(dot(row(i), row(i)) * dot(row(j), row(j)));
      if (cosine > upper) found.duplicates.push(i, j);
      else if (cosine >= lower) {
        found.pairs.push(i, j);
        found.similarities.push(cosine);
      }
    }
  }
  return found;
}

/** The mean of each column of an image, and how many images were embedded. */
export function columnEncoder(changes: Partial<MiningEncoder> = {}): {
  encoder: MiningEncoder;
  embedded: () => number;
} {
  let embedded = 0;
  const encoder: MiningEncoder = {
    name: 'columns',
    options: {},
    open: async () => ({
      embed(images) {
        embedded += images.shape[0];
        return mean(images, [1, 3]) as Tensor2D;
      },
      dispose() {},
    }),
    ...changes,
  };
  return { encoder, embedded: () => embedded };
}

/** A context for tests, and what those who follow were told. */
export function contextIn(
  folder: string,
  changes: Partial<PairContext> = {},
): { context: PairContext; notices: string[]; works: string[]; steps: number[] } {
  const notices: string[] = [];
  const works: string[] = [];
  const steps: number[] = [];
  const logger: Logger = {
    notice: (message) => notices.push(message),
    log: (record) => {
      if (record.type === 'step') steps.push(record.step);
    },
    close: async () => {
      throw new Error('The logger of the run that needs pairs was closed');
    },
  };
  const context: PairContext = {
    ...{ source: kinds, prepare: (images) => images.clone(), folder: `${folder}/spps/pairs`, runs: folder },
    loggers: [logger],
    onProgress: (work, share) => works.push(`${work} ${Math.round(share * 100)} %`),
    ...changes,
  };
  return { context, notices, works, steps };
}

/** A context that is aborted once this is said of its work. */
export function stoppedAt(folder: string, said: string, changes: Partial<PairContext> = {}) {
  const controller = new AbortController();
  const onProgress = (work: string, share: number) => {
    if (`${work} ${Math.round(share * 100)} %` === said) controller.abort();
  };
  return contextIn(folder, { signal: controller.signal, onProgress, ...changes });
}

/** What is in a folder, and each file's content. */
export const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'latin1')]),
  );
