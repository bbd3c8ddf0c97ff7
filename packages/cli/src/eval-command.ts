import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackendChoice, startRuntime } from '@hcsc/runtime';
import { readLayersModel, writeFileAtomically } from '@hcsc/weights';
import { evaluate, preparedEncoder, splitsOf } from './evaluate.js';
import { loadRecipe } from './load-recipe.js';
import { reportUnreadable } from './report-unreadable.js';

/** `hcsc eval knn|linear <run>`: scores the run's encoder on its recipe's test images. */
export async function evalCommand(
  protocol: string,
  folder: string,
  { backend }: { backend?: BackendChoice },
): Promise<number> {
  if (protocol !== 'knn' && protocol !== 'linear') {
    throw new RangeError(`No protocol ${protocol}: there are knn and linear`);
  }
  const { recipeFile } = await readConfig(folder);
  const recipe = await loadRecipe(join(folder, recipeFile));
  const splits = await splitsOf(recipe);
  if (!splits) {
    throw new Error(
      `Cannot evaluate ${folder}: its recipe needs data.test, and data.labelled or labelled training images`,
    );
  }
  const runtime = await startRuntime({ backend });
  try {
    const encoder = await readLayersModel(join(folder, 'encoder'));
    try {
      const { top1, top5 } = (await evaluate(preparedEncoder(recipe, encoder), splits, [protocol]))[protocol];
      await writeFileAtomically(join(folder, `eval-${protocol}.json`), `${JSON.stringify({ protocol, top1, top5 })}\n`);
      process.stdout.write(`${protocol}: top-1 ${(100 * top1).toFixed(1)} %, top-5 ${(100 * top5).toFixed(1)} %\n`);
      await reportUnreadable([splits.train, splits.test], null, (line) => process.stderr.write(`${line}\n`));
      return 0;
    } finally {
      encoder.dispose();
    }
  } finally {
    runtime.stop();
  }
}

async function readConfig(folder: string): Promise<{ recipeFile: string }> {
  try {
    return JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as { recipeFile: string };
  } catch (error) {
    throw new Error(`${folder} is no run folder: needed config.json, as hcsc pretrain writes it`, { cause: error });
  }
}
