import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ablateCommand } from './ablate-command.js';
import { addMineCommand } from './add-mine-command.js';
import { evalCommand } from './eval-command.js';
import { choice, integer, integers, minutes, setting, wholeNumber } from './option-values.js';
import { pretrainCommand } from './pretrain-command.js';
import { runsCommand } from './runs-command.js';
import { runtimeDoctorCommand } from './runtime-doctor-command.js';
import { runtimeInstallCommand } from './runtime-install-command.js';
import { viewsCommand } from './views-command.js';
import { addWeightsCommands } from './weights-commands.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Runs the `hcsc` command.
 *
 * @param argv What follows `hcsc`.
 * @returns The exit code: 0, 1 after an error or with a cell that failed, 130 when interrupted, 143 when asked to terminate, 129 when the terminal was closed.
 */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command('hcsc')
    .description('Contrastive self-supervised learning on TensorFlow.js: pre-train recipes, evaluate runs')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(hcsc --help shows what there is)');

  program
    .command('pretrain')
    .description('train a recipe into a run folder, then evaluate it and write a report')
    .argument('<recipe>', 'a recipe file, for example examples/hcsc/recipe.ts')
    .option('--set <key=value>', 'change a value of the recipe; may be repeated', setting, {})
    .option('--run <folder>', "the run folder (default: runs/ and the recipe's name)")
    .option(
      '--pairs <folder>',
      "train on these semantic positive pairs, as hcsc mine found them, instead of the recipe's",
    )
    .option('--backend <name>', 'auto, native, webgpu, wasm or cpu (default: HCSC_BACKEND, or auto)')
    .option('--resume', 'go on with the run that the folder holds, as is done anyway; an error if there is none')
    .option('--force', 'go on although the recipe has changed')
    .option('--overwrite', 'replace the run that the folder holds')
    .option('--checkpoint-epochs <n>', "epochs between checkpoints (default: the recipe's, or 1)", wholeNumber)
    .option('--checkpoint-minutes <n>', "minutes between checkpoints (default: the recipe's, or 15)", minutes)
    .option('--keep <n>', "how many of the newest checkpoints stay (default: the recipe's, or 3)", wholeNumber)
    .option('--threads <n>', 'threads TensorFlow computes with: with one, equal runs are equal to the bit', wholeNumber)
    .option('--no-compile', 'run the training step operation by operation, also where it can be compiled')
    .option(
      '--workers <n>',
      'threads that decode images and make views of them (default: one per processor)',
      wholeNumber,
    )
    .option('--no-evaluate', 'stop after training')
    .option('--tensorboard', "write what TensorBoard shows into the run's tensorboard/")
    .option('--quiet', 'print nothing but errors and the result')
    .action(async (recipe, options) => {
      code = await pretrainCommand(recipe, options);
    });

  addMineCommand(program, (exitCode) => {
    code = exitCode;
  });

  program
    .command('ablate')
    .description('run all cells of an ablation that are not done, and compare them')
    .argument('<ablation>', 'an ablation file, for example examples/sampler-ablation/ablation.ts')
    .option('--runs <folder>', "the folder of the cells' run folders (default: runs/ and the ablation's name)")
    .option('--only <factor=value,…>', 'run only cells with one of these values; may be repeated', choice, {})
    .option('--seeds <i,j,…>', "seeds instead of the ablation's", integers)
    .option('--set <key=value>', 'change a value of all recipes; may be repeated', setting, {})
    .option('--backend <name>', 'auto, native, webgpu, wasm or cpu (default: HCSC_BACKEND, or auto)')
    .option('--dry-run', 'list the cells and how far they are, and do nothing')
    .option('--overwrite', 'delete the runs of the chosen cells and make them anew')
    .option('--threads <n>', 'threads TensorFlow computes with: with one, equal runs are equal to the bit', wholeNumber)
    .option('--no-compile', 'run the training step operation by operation, also where it can be compiled')
    .option(
      '--workers <n>',
      'threads that decode images and make views of them (default: one per processor)',
      wholeNumber,
    )
    .option('--quiet', 'print nothing but errors and the result')
    .action(async (ablation, options) => {
      code = await ablateCommand(ablation, options);
    });

  program
    .command('eval')
    .description('evaluate the encoder of a run on the test images of its recipe')
    .argument('<protocol>', 'knn or linear')
    .argument('<run>', 'a run folder')
    .option('--recipe <file>', "evaluate on the images of this recipe, not of the run's own")
    .option('--backend <name>', 'auto, native, webgpu, wasm or cpu (default: HCSC_BACKEND, or auto)')
    .action(async (protocol, run, options) => {
      code = await evalCommand(protocol, run, options);
    });

  program
    .command('runs')
    .description('list the runs in a folder with state, last figures and age; all of one run, if a run is given')
    .argument('[folder]', 'a folder of runs, two folders deep, or a run', 'runs')
    .option('--json', 'print it as JSON')
    .action(async (folder, options) => {
      code = await runsCommand(folder, options);
    });

  program
    .command('views')
    .description('show training images and the views a recipe makes of them, as a PNG')
    .argument('<recipe>', 'a recipe file, for example examples/hcsc/recipe.ts')
    .option('--set <key=value>', 'change a value of the recipe; may be repeated', setting, {})
    .option('--out <file>', 'where to write the PNG; its folder must exist (default: views.png)')
    .option('--images <n>', 'how many images, evenly spread over the training images (default: 8)', integer)
    .option('--index <i,j,…>', 'these images instead', integers)
    .option('--seed <n>', "draw the views from this seed (default: the recipe's)", integer)
    .option('--backend <name>', 'auto, native, webgpu, wasm or cpu (default: HCSC_BACKEND, or auto)')
    .action(async (recipe, options) => {
      code = await viewsCommand(recipe, options);
    });

  addWeightsCommands(program, (exitCode) => {
    code = exitCode;
  });

  const runtime = program
    .command('runtime')
    .description("look after TensorFlow's library, which the native backend uses");

  runtime
    .command('install')
    .description("fetch TensorFlow's library into the user's cache; goes on where it was interrupted")
    .option('--folder <folder>', 'where to put it instead')
    .option('--wheel <file>', 'the wheel, if it is there already')
    .action(async (options) => {
      code = await runtimeInstallCommand(options);
    });

  runtime
    .command('doctor')
    .description('say what the backends have, what they lack, and the command that mends it')
    .option('--json', 'print it as JSON')
    .action(async (options) => {
      code = await runtimeDoctorCommand(options);
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`hcsc: ${process.env.HCSC_DEBUG ? stack : message}\n`);
    return 1;
  }
  return code;
}
