// npm start: set up, train HCSC on the shipped images, evaluate, report.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, fetchRuntime, install, root, run, say } from './setup.mjs';

await install();
await build();
const native = await fetchRuntime();

const folder = 'runs/quickstart';
const args = ['packages/cli/dist/bin.js', 'pretrain', 'examples/hcsc/recipe.ts', '--run', folder];
if (!native) {
  say('Without native TensorFlow the quick start trains for 8 epochs instead of 24, to stay under half an hour');
  args.push('--set', 'epochs=8');
}
const there = (file) => existsSync(join(root, folder, file));
if (there('checkpoint.safetensors') && !there('summary.json')) {
  say(`Going on with the interrupted run in ${folder} (delete the folder to start anew)`);
  args.push('--resume');
} else {
  args.push('--overwrite');
}
process.exitCode = await run(process.execPath, args);
