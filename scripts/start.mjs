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
  say('Without native TensorFlow the quick start trains for 8 epochs instead of 20, to stay under half an hour');
  args.push('--set', 'epochs=8');
}
// A run that is done is made again; one that was interrupted goes on by itself.
if (existsSync(join(root, folder, 'summary.json'))) args.push('--overwrite');
else if (existsSync(join(root, folder))) say(`Going on with the run in ${folder} (delete the folder to start anew)`);
process.exitCode = await run(process.execPath, args);
