import { memorySource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import type { Logger } from '../logger.js';
import type { PairContext } from './pair-plan.js';

/** Images of three kinds, the fourth of each kind nearly its first. */
export const kinds = memorySource(
  Uint8Array.from({ length: 30 * 16 }, (_, at) => {
    const [image, pixel] = [at >> 4, at & 15];
    const kind = image % 3;
    const noise = createRng(image >= 27 ? kind : image).uniform() * 40;
    return ((pixel + kind * 5) % 16 < 6 ? 200 : 10) + (pixel % 4 === image % 4 ? noise : 0);
  }),
  [4, 4, 1],
  { name: 'kinds', labels: Int32Array.from({ length: 30 }, (_, i) => i % 3), classes: ['bar', 'dot', 'ring'] },
);

/** A context for tests, and what its loggers were told. */
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
