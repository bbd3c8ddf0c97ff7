import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackendChoice, startRuntime } from '@hcsc/runtime';
import { ablationCells, cellRecipe, type Recipe } from '@hcsc/train';
import { readLayersModel, writeFileAtomically } from '@hcsc/weights';
import { evaluate, preparedEncoder, splitsOf } from './evaluate.js';
import { loadAblation } from './load-ablation.js';
import { loadRecipe } from './load-recipe.js';
import { reportUnreadable } from './report-unreadable.js';

export interface EvalCommandOptions {
  backend?: BackendChoice;
  recipe?: string;
}

/** `hcsc eval knn|linear <run>`: scores the run's encoder on its recipe's test images, or another's. */
export async function evalCommand(
  protocol: string,
  folder: string,
  { backend, recipe: file }: EvalCommandOptions,
): Promise<number> {
  if (protocol !== 'knn' && protocol !== 'linear') {
    throw new RangeError(`No protocol ${protocol}: there are knn and linear`);
  }
  const recipe = file ? await loadRecipe(file) : await recipeOf(folder);
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

/** What `config.json` says of where the recipe of a run is. */
interface RecipePlace {
  readonly recipeFile?: string;
  readonly seed: number;
  /** Of a cell of an ablation. */
  readonly ablation?: {
    readonly cell: Readonly<Record<string, string>>;
    readonly set: Readonly<Record<string, string>>;
  };
}

async function recipeOf(folder: string): Promise<Recipe> {
  const { recipeFile, ablation: of, seed } = await readConfig(folder);
  // Runs that are no command's, such as those of encoders that pairs are mined with, do not know their file.
  if (typeof recipeFile !== 'string') {
    throw new Error(
      `Cannot tell which images to evaluate ${folder} on: its config.json names no recipe file, give --recipe`,
    );
  }
  const file = join(folder, recipeFile);
  if (!of) return loadRecipe(file);
  const ablation = await loadAblation(file);
  const only = Object.fromEntries(Object.entries(of.cell).map(([factor, label]) => [factor, [label]]));
  const [cell] = ablationCells(ablation, { seeds: [seed], only });
  return cellRecipe(ablation, cell!, of.set);
}

async function readConfig(folder: string): Promise<RecipePlace> {
  try {
    return JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as RecipePlace;
  } catch (error) {
    throw new Error(`${folder} is no run folder: needed config.json, as hcsc pretrain writes it`, { cause: error });
  }
}
