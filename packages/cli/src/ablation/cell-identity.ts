import { createHash } from 'node:crypto';
import {
  type Ablation,
  type AblationCell,
  buildMethod,
  cellValues,
  describeValue,
  type Method,
  type Recipe,
  runIdentity,
  whoMakesViews,
} from '@hcsc/train';

/** What tells whether a run is that of a cell as it is now. */
export interface CellIdentity {
  /** The recipe as plain JSON, with what can be told of the factors' values. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** A digest of what training begins with. */
  readonly initialWeights: string;
}

async function digest({ parameters }: Method): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, variable } of parameters) {
    const { buffer, byteOffset, byteLength } = await variable.data();
    hash.update(`${name} ${variable.shape}\n`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Builds the method of a cell, looks at it, and takes it away again. */
export async function cellIdentity(ablation: Ablation, cell: AblationCell, recipe: Recipe): Promise<CellIdentity> {
  const source = await recipe.data.train();
  const method = buildMethod(recipe, source);
  try {
    const identity = runIdentity(recipe, method, { viewsOn: whoMakesViews(recipe, source), source });
    const factors = describeValue(cellValues(ablation, cell));
    return { recipe: { ...identity, factors }, initialWeights: await digest(method) };
  } finally {
    method.dispose();
  }
}
