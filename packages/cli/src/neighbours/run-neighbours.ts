import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportNeighbours } from '@hcsc/report';
import { evaluationView, type Method, type Recipe } from '@hcsc/train';
import { preparedEncoder, type Splits } from '../evaluate.js';
import { findNeighbours, type NamedFeatures } from './find-neighbours.js';
import { NEIGHBOURS, writeNeighbours } from './neighbours-file.js';
import { shownNeighbours } from './shown-neighbours.js';

/** The features that a method names; of one that names none, its encoder's. */
function featuresOf(recipe: Recipe, { encoder, features = {} }: Method): NamedFeatures {
  const prepare = evaluationView(recipe);
  const named = Object.entries(features).map(([name, rows]): [string, NamedFeatures[string]] => {
    return [name, (images) => rows(prepare(images))];
  });
  return named.length > 0 ? Object.fromEntries(named) : { encoder: preparedEncoder(recipe, encoder) };
}

/** A run whose report is being made. */
export interface RunWithMethod {
  readonly recipe: Recipe;
  readonly method: Method;
  readonly folder: string;
  readonly splits: Splits;
  readonly say: (line: string) => void;
}

/** Finds the nearest neighbours of a run's report and keeps them in its folder; the report goes on without them if that fails. */
export async function runNeighbours(run: RunWithMethod): Promise<ReportNeighbours | undefined> {
  const { recipe, method, folder, splits, say } = run;
  try {
    await rm(join(folder, NEIGHBOURS), { force: true }); // those of a former look
    const features = featuresOf(recipe, method);
    say(`Looking for nearest neighbours under ${Object.keys(features).join(' and ')} …`);
    const found = await findNeighbours(features, splits, { seed: recipe.seed });
    const shown = await shownNeighbours(found, splits);
    await writeNeighbours(folder, found);
    return shown;
  } catch (error) {
    say(`The nearest neighbours could not be found: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
