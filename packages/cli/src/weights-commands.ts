import { type Command, InvalidArgumentError, Option } from 'commander';
import { weightsExportCommand } from './weights-export-command.js';
import { weightsImportCommand } from './weights-import-command.js';
import { weightsInspectCommand } from './weights-inspect-command.js';

function imageShape(text: string): number[] {
  if (!/^[1-9]\d{0,4}(,[1-9]\d{0,4}){2}$/.test(text)) {
    throw new InvalidArgumentError('give height, width and channels with commas between, for example 224,224,3.');
  }
  return text.split(',').map(Number);
}

const overwrite = ['--overwrite', 'replace what is there'] as const;
const prefix = ['--prefix <text>', "what stands before the encoder's names (default: found by rules)"] as const;
const skipObjects = ['--skip-objects', 'leave out what a PyTorch file has beside tensors and plain values'] as const;
const encoder = () => new Option('--encoder <which>', 'of a momentum pair').choices(['query', 'key']);

/** Adds `hcsc weights inspect`, `import` and `export` to the program. */
export function addWeightsCommands(program: Command, exit: (code: number) => void): void {
  const weights = program.command('weights').description('look into files of weights, import and export backbones');

  weights
    .command('inspect')
    .description('say what a file or folder of weights holds; nothing of it is run')
    .argument('<path>', 'a .safetensors, .pth or .pt file, a model folder or a run folder')
    .option('--all', 'list all tensors')
    .option('--json', 'print it as JSON')
    .option(...skipObjects)
    .action(async (path, options) => exit(await weightsInspectCommand(path, options)));

  weights
    .command('import')
    .description("make a model folder of the backbone in anybody's file")
    .argument('<path>', 'a .safetensors, .pth or .pt file, a model folder or a run folder')
    .requiredOption('--out <folder>', 'the model folder')
    .option('--input <h,w,c>', 'the shape of an image (default: 224,224 or 32,32 by the first convolution)', imageShape)
    .option(...prefix)
    .addOption(encoder())
    .option(...skipObjects)
    .option('--strict', 'fail on tensors that are neither of a ResNet nor of a known kind')
    .option(...overwrite)
    .action(async (path, options) => exit(await weightsImportCommand(path, options)));

  weights
    .command('export')
    .description("write a backbone without heads, for PyTorch's torchvision or TensorFlow.js")
    .argument('<path>', 'a run folder, a model folder, or a file of weights')
    .requiredOption('--out <path>', 'a .pth, .pt or .safetensors file, or else a model folder')
    .option(...prefix)
    .addOption(encoder())
    .option(...skipObjects)
    .option(...overwrite)
    .action(async (path, options) => exit(await weightsExportCommand(path, options)));
}
