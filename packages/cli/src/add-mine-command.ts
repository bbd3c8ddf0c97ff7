import type { Command } from 'commander';
import { mineCommand } from './mine-command.js';
import { cosine, setting, share, wholeNumber } from './option-values.js';

/** Adds `hcsc mine`. */
export function addMineCommand(program: Command, ended: (exitCode: number) => void): void {
  program
    .command('mine')
    .description('find the semantic positive pairs of a recipe, and show them on a page')
    .argument('<recipe>', 'a recipe file, for example examples/spps/recipe.ts')
    .option('--out <folder>', "the folder of the pairs (default: runs/, the recipe's name and pairs/)")
    .option('--encoder <path>', "weights, a run, or the recipe of an encoder to train first (default: the recipe's)")
    .option('--lower <cosine>', 'the least similarity of a pair', cosine)
    .option('--upper <cosine>', 'the largest similarity of a pair: above it the two are duplicates', cosine)
    .option('--target <n>', 'find as many pairs, the most similar ones, instead of --lower', wholeNumber)
    .option('--share <share>', 'look among this share of the images, drawn at random', share)
    .option('--set <key=value>', 'change a value of the recipe; may be repeated', setting, {})
    .option('--backend <name>', 'auto, native, webgpu, wasm or cpu (default: HCSC_BACKEND, or auto)')
    .option('--overwrite', 'find all of it anew, features included')
    .option('--quiet', 'print nothing but errors and the result')
    .action(async (recipe, options) => {
      ended(await mineCommand(recipe, options));
    });
}
