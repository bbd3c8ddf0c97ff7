import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { knn, linearProbe } from '@hcsc/eval';
import { readLayersModel, writeFileAtomically } from '@hcsc/train';
import { registerLayers } from '@hcsc/backbones';
import { encodeSplits } from './evaluate.js';
import { loadRecipe } from './load-recipe.js';
import { startBackend } from './start-backend.js';

const PROTOCOLS = { knn, linear: linearProbe };

/** `hcsc eval knn|linear <run>`: scores the run's encoder on its recipe's test images. */
export async function evalCommand(protocol: string, folder: string, { backend }: { backend?: string }): Promise<number> {
  if (protocol !== 'knn' && protocol !== 'linear') {
    throw new RangeError(`No protocol ${protocol}: there are knn and linear`);
  }
  const config = await readConfig(folder);
  const recipe = await loadRecipe(join(folder, config.recipeFile));
  if (!recipe.data.test) throw new Error(`Cannot evaluate ${folder}: the recipe ${config.recipeFile} has no test images`);
  const splits = { train: await recipe.data.train(), test: await recipe.data.test() };
  if (!splits.train.labels || !splits.test.labels) throw new Error(`Cannot evaluate ${folder}: ${recipe.data.name} has no labels`);
  const runtime = await startBackend(backend);
  try {
    registerLayers();
    const encoder = await readLayersModel(join(folder, 'encoder'));
    const features = await encodeSplits(encoder, splits);
    try {
      const { top1, top5 } = await PROTOCOLS[protocol](features.train, splits.train.labels, features.test, splits.test.labels);
      await writeFileAtomically(join(folder, `eval-${protocol}.json`), `${JSON.stringify({ protocol, top1, top5 })}\n`);
      process.stdout.write(`${protocol}: top-1 ${(100 * top1).toFixed(1)} %, top-5 ${(100 * top5).toFixed(1)} %\n`);
      return 0;
    } finally {
      features.train.dispose();
      features.test.dispose();
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
