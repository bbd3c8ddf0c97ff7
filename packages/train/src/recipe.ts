import type { ImageSource, View, ViewPlan } from '@hcsc/data';
import type { CheckpointRule } from './checkpoint-folder.js';
import type { Method, MethodContext } from './method.js';
import type { Monitor } from './monitors/monitor.js';
import type { OptimizerFactory } from './optimizer.js';
import type { PairPlan } from './pairs/pair-plan.js';
import type { Schedule } from './schedule.js';
import type { ViewsOn } from './step-images.js';
import type { Validation } from './validation.js';

/** Training images, and test images to evaluate with. */
export interface RecipeData {
  readonly name: string;
  train(): Promise<ImageSource>;
  test?(): Promise<ImageSource>;
  /** What kNN and the linear classifier learn from, where the training images have no labels. Default: `train`. */
  labelled?(): Promise<ImageSource>;
}

/** The plain values of a recipe that `--set` can change. */
export type Settings = Record<string, number | string | boolean>;

/** A pre-training run, written down. */
export interface Recipe<S extends Settings = Settings> {
  readonly name: string;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly data: RecipeData;
  /**
   * Where semantic positive pairs come from, to train on besides the images (SPPS): each pair is one more item of the training
   * set, whose first view is of one image and the second of the other. The method is told of them, as `context.pairs`.
   */
  readonly pairs?: PairPlan;
  /** Batches of an epoch, each epoch others of the training set. Default: as many as it has. */
  readonly stepsPerEpoch?: number;
  readonly views: ViewPlan;
  /**
   * Who makes the views. Default: the device, for whole batches; for images of different sizes worker threads, which
   * decode them (`'device'` makes views of the centre of each then). Random parameters differ between the two.
   */
  readonly viewsOn?: ViewsOn;
  /**
   * What the encoder is shown of an image at evaluation, and before an epoch. Default: the normalisation that all views end
   * with; without one the image as it is. `evaluation({ size: 32, resize: 32, normalize }).views[0]`, for example.
   */
  readonly evaluationView?: View;
  /** Builds the method; called once for the run, and once more for the untrained encoder it is compared with. */
  method(context: MethodContext<S>): Method;
  readonly optimizer: OptimizerFactory;
  readonly schedule: Schedule;
  /** Take a batch in this many parts, one after another, so that memory holds one part. Default 1; it must divide `batchSize`. */
  readonly accumulate?: number;
  /** Which checkpoints are written and kept. Default: each epoch and every 15 minutes, the newest 3 and the best. */
  readonly checkpoints?: CheckpointRule;
  /** What watches the figures of steps and epochs. Default `[collapse()]`, which warns. */
  readonly monitors?: readonly Monitor[];
  /** Steps between two looks at the spread and rank of the features, which are read from the device then. Default 10. */
  readonly featuresEvery?: number;
  /** Figures of the encoder in training, measured after epochs. */
  readonly validation?: Validation;
  /** Values of this recipe's own that `--set` can change; the method gets them as `context.settings`. */
  readonly settings?: S;
}

/** Types a recipe; a recipe file exports it as its default. */
export function defineRecipe<S extends Settings = Record<string, never>>(recipe: Recipe<S>): Recipe<S> {
  return recipe;
}

const NEEDED = {
  name: 'string',
  seed: 'number',
  epochs: 'number',
  batchSize: 'number',
  data: 'object',
  views: 'object',
  method: 'function',
  optimizer: 'object',
  schedule: 'object',
} as const;

/** What a value lacks to be a recipe, a part each: `epochs (number)`. */
export function missingFromRecipe(value: unknown): string[] {
  const recipe = (typeof value === 'object' && value !== null ? value : {}) as Partial<Recipe>;
  const wrong = Object.entries(NEEDED).filter(([key, type]) => typeof recipe[key as keyof Recipe] !== type);
  return wrong.map(([key, type]) => `${key} (${type})`);
}

/** Tells whether a value, the default export of a recipe file for instance, is a recipe; throws a TypeError if not. */
export function assertRecipe(value: unknown, file: string): asserts value is Recipe {
  const missing = missingFromRecipe(value);
  if (missing.length > 0) {
    throw new TypeError(
      `${file} is no recipe: it must \`export default defineRecipe({ ... })\` with ${missing.join(', ')}`,
    );
  }
}

type Change = (recipe: Recipe, value: number | string | boolean) => Recipe;

function changes(recipe: Recipe): Record<string, { now: number | string | boolean; change: Change }> {
  const own = (key: 'name' | 'seed' | 'epochs' | 'batchSize') => ({
    now: recipe[key],
    change: ((r, value) => ({ ...r, [key]: value })) as Change,
  });
  const ownOr = (key: 'stepsPerEpoch' | 'accumulate', absent: number) => ({
    now: recipe[key] ?? absent,
    change: ((r, value) => ({ ...r, [key]: value })) as Change,
  });
  const settings = Object.entries(recipe.settings ?? {}).map(([key, now]) => [
    key,
    { now, change: ((r, value) => ({ ...r, settings: { ...r.settings, [key]: value } })) as Change },
  ]);
  return {
    ...Object.fromEntries(settings),
    name: own('name'),
    seed: own('seed'),
    epochs: own('epochs'),
    batchSize: own('batchSize'),
    stepsPerEpoch: ownOr('stepsPerEpoch', 0),
    accumulate: ownOr('accumulate', 1),
    learningRate: {
      now: recipe.optimizer.learningRate,
      change: (r, value) => ({ ...r, optimizer: { ...r.optimizer, learningRate: Number(value) } }),
    },
  };
}

function parse(key: string, text: string, like: number | string | boolean): number | string | boolean {
  if (typeof like === 'string') return text;
  if (typeof like === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new TypeError(`Cannot set ${key} to '${text}': give true or false`);
  }
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new TypeError(`Cannot set ${key} to '${text}': give a number`);
  return value;
}

/**
 * A recipe with some of its values changed, as `--set key=value` does.
 *
 * What can be set: `name`, `seed`, `epochs`, `batchSize`, `stepsPerEpoch`, `accumulate`, `learningRate`, and every key of the
 * recipe's own `settings`. The recipe given is left as it is.
 *
 * @throws RangeError for an unknown key, with the keys there are; TypeError for a value of the wrong kind.
 *
 * @example
 * ```ts
 * const shorter = applySettings(recipe, { epochs: '5', learningRate: '0.1' });
 * ```
 */
export function applySettings(recipe: Recipe, settings: Readonly<Record<string, string>>): Recipe {
  let changed = recipe;
  for (const [key, text] of Object.entries(settings)) {
    const known = changes(changed);
    const setting = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!setting) {
      throw new RangeError(`Cannot set ${key}: the recipe has ${Object.keys(known).sort().join(', ')}`);
    }
    changed = setting.change(changed, parse(key, text, setting.now));
  }
  for (const key of ['epochs', 'batchSize', 'stepsPerEpoch', 'accumulate'] as const) {
    const value = changed[key] ?? 1;
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot train with ${key} ${changed[key]}: give an integer of at least 1`);
    }
  }
  return changed;
}
