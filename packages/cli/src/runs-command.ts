import { statSync } from 'node:fs';
import { findRuns, isRun, type RunInfo, readRun } from '@hcsc/train';
import { neighboursText, readNeighbourFigures } from './neighbours/neighbours-file.js';
import { runsDetails } from './runs-details.js';
import { runsFigures } from './runs-figures.js';
import { pairsText, runsPairs } from './runs-pairs.js';
import { type ListedRun, runsTable } from './runs-table.js';

/** Run folders that are read at once: many more would need more open files than a process may have. */
const AT_ONCE = 16;

const listed = async (folder: string): Promise<ListedRun> => {
  const run = await readRun(folder);
  return { run, figures: await runsFigures(run) };
};

/** All but what was deleted since it was found. */
async function listedAll(folders: readonly string[]): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  for (let start = 0; start < folders.length; start += AT_ONCE) {
    const some = folders.slice(start, start + AT_ONCE).map((folder) => listed(folder).catch(() => []));
    runs.push(...(await Promise.all(some)).flat());
  }
  return runs;
}

const newestFirst = (a: ListedRun, b: ListedRun) =>
  (b.run.written?.getTime() ?? 0) - (a.run.written?.getTime() ?? 0) || (a.run.folder < b.run.folder ? -1 : 1);

/** `hcsc runs`: lists the runs in a folder, or tells all of one run. */
export async function runsCommand(folder: string, { json = false }: { json?: boolean }): Promise<number> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const data = ({ run, figures }: ListedRun): RunInfo & { figures: ListedRun['figures'] } => ({ ...run, figures });
  const now = new Date();
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`There is no folder ${folder}: name one that has runs, or a run`);
  }
  if (await isRun(folder)) {
    const run = await listed(folder);
    const pairs = await runsPairs(folder);
    const neighbours = await readNeighbourFigures(folder);
    const texts = { pairs: pairs && pairsText(pairs), neighbours: neighbours && neighboursText(neighbours) };
    say(json ? JSON.stringify({ ...data(run), pairs, neighbours }, null, 2) : runsDetails(run, now, texts));
    return 0;
  }
  const runs = (await listedAll(await findRuns(folder))).sort(newestFirst);
  if (json) say(JSON.stringify(runs.map(data), null, 2));
  else if (runs.length > 0) say(runsTable(runs, now));
  else process.stderr.write(`There are no runs in ${folder}\n`);
  return 0;
}
