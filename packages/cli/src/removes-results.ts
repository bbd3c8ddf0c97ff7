import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@hcsc/train';
import { NEIGHBOURS } from './neighbours/neighbours-file.js';
import { UNREADABLE } from './report-unreadable.js';
import { tensorBoardFolder } from './tensor-board-run.js';

/** Takes the results of a former sitting away once the run is really begun or gone on with. */
export function removesResults(folder: string): Logger {
  return {
    start({ step, epochs, stepsPerEpoch }) {
      if (step === epochs * stepsPerEpoch) return; // a run that is done, to which they belong
      const results = ['summary.json', 'report.html', 'eval-knn.json', 'eval-linear.json', NEIGHBOURS, UNREADABLE];
      for (const file of results) rmSync(join(folder, file), { force: true });
      if (step === 0) rmSync(tensorBoardFolder(folder), { recursive: true, force: true });
    },
    log() {},
    async close() {},
  };
}
