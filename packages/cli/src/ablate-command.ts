import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startRuntime } from '@hcsc/runtime';
import { ablateAgain } from './ablation/ablate-again.js';
import { cellList } from './ablation/cell-list.js';
import { compareWithRuns, lookElsewhere } from './ablation/compare-with-runs.js';
import { type AblateOptions, openGrid } from './ablation/grid.js';
import { runCells } from './ablation/run-cells.js';
import { ABLATION_FILES, writeAblation } from './ablation/write-ablation.js';
import { interruptSignal } from './interrupt.js';

/** `hcsc ablate`: gives the exit code, 1 if a cell failed, 128 and the signal's number if it was interrupted. */
export async function ablateCommand(file: string, options: AblateOptions): Promise<number> {
  const { backend, threads, dryRun = false, quiet = false } = options;
  const grid = await openGrid(file, options);
  if (dryRun) {
    process.stdout.write(`${cellList(grid)}\n`);
    return 0;
  }
  const say = (line: string) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  };
  const runtime = await startRuntime({ backend, threads, log: say });
  const interrupt = interruptSignal(() => say('\nInterrupted: finishing what must be whole …'));
  const { signal } = interrupt;
  try {
    await compareWithRuns(grid, options);
    await mkdir(grid.root, { recursive: true });
    const left = await runCells(grid, { file, options, runtime, signal, say });
    await lookElsewhere(grid);
    process.stdout.write(`${await writeAblation(grid)}\nReport: ${join(grid.root, ABLATION_FILES.page)}\n`);
    if (left > 0) {
      say(`Stopped with ${left} to run. To go on: ${ablateAgain(file, options)}`);
      return interrupt.code;
    }
    return grid.chosen.some(({ name }) => grid.states.get(name)?.state === 'failed') ? 1 : 0;
  } finally {
    interrupt.release();
    runtime.stop();
  }
}
