// npm run bench -- <name> [--quick]: runs benchmarks/<name>.ts, which writes benchmarks/results/<name>.json.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, fetchRuntime, install, root, run } from './setup.mjs';

const [name, ...rest] = process.argv.slice(2);
if (!name || !existsSync(join(root, 'benchmarks', `${name}.ts`))) {
  const names = readdirSync(join(root, 'benchmarks')).filter((file) => /^(?!peer|results)\w+\.ts$/.test(file));
  process.stderr.write(`Give the name of a benchmark: ${names.map((file) => file.slice(0, -3)).join(', ')}\n`);
  process.exit(1);
}
await install();
await build();
await fetchRuntime();
process.exitCode = await run('tsx', [
  '--tsconfig',
  'benchmarks/tsconfig.json',
  join('benchmarks', `${name}.ts`),
  ...rest,
]);
