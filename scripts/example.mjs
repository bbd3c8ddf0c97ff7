// npm run example -- <name> [options of hcsc pretrain]: trains examples/<name>/recipe.ts.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, fetchRuntime, install, root, run } from './setup.mjs';

const [name, ...rest] = process.argv.slice(2);
const recipe = `examples/${name}/recipe.ts`;
if (!name || !existsSync(join(root, recipe))) {
  const names = readdirSync(join(root, 'examples')).filter((entry) =>
    existsSync(join(root, 'examples', entry, 'recipe.ts')),
  );
  process.stderr.write(`Give the name of an example: ${names.join(', ')}\n`);
  process.exit(1);
}
await install();
await build();
await fetchRuntime();
process.exitCode = await run(process.execPath, ['packages/cli/dist/bin.js', 'pretrain', recipe, ...rest]);
