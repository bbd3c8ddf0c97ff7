import type { ImageSource } from '@hcsc/data';
import { evaluationView } from '../evaluation-view.js';
import { buildMethod } from '../pretrain.js';
import type { Recipe } from '../recipe.js';
import type { MiningEncoder } from './mining-encoder.js';
import { modelEncoder } from './model-encoder.js';

/**
 * The encoder of a recipe before its training: what a trained one is compared with.
 *
 * Its weights are those that the recipe's run begins with, of the same seed.
 *
 * @example
 * ```ts
 * const pairs = minedPairs({ encoder: untrainedEncoder(moco), miner: semanticPairs({ target: 5000 }) });
 * ```
 */
export function untrainedEncoder(recipe: Recipe): MiningEncoder {
  const name = `${recipe.name}, untrained`;
  const prepare = evaluationView(recipe);
  // How many steps its epochs would have is of no matter.
  const build = (source: ImageSource) => buildMethod({ ...recipe, stepsPerEpoch: undefined }, source);
  return Object.freeze<MiningEncoder>({
    name,
    options: Object.freeze({ seed: recipe.seed, settings: recipe.settings ?? {} }),
    prepare,
    async identify({ source }) {
      const method = build(source);
      method.dispose();
      return { method: { name: method.name, ...method.options } };
    },
    async open({ source }) {
      const method = build(source);
      return modelEncoder(method.encoder, { name, source, prepare, dispose: () => method.dispose() });
    },
  });
}
