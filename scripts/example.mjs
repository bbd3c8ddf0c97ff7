// npm run example -- <name> [options of hcsc pretrain or ablate]: trains examples/<name>/recipe.ts, or runs the grid of
// examples/<name>/ablation.ts.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, fetchRuntime, install, root, run } from './setup.mjs';

const commands = { 'recipe.ts': 'pretrain', 'ablation.ts': 'ablate' };
const fileOf = (name) => Object.keys(commands).find((file) => existsSync(join(root, 'examples', name, file)));

const [name, ...rest] = process.argv.slice(2);
const file = name && fileOf(name);
if (!file) {
  const names = readdirSync(join(root, 'examples')).filter(fileOf);
  process.stderr.write(`Give the name of an example: ${names.join(', ')}\n`);
  process.exit(1);
}
await install();
await build();
await fetchRuntime();
const command = ['packages/cli/dist/bin.js', commands[file], `examples/${name}/${file}`, ...rest];
process.exitCode = await run(process.execPath, command);
