// npm run ablate -- <file> [options of hcsc ablate]: runs the grid of an ablation file, and compares its cells.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, fetchRuntime, install, root, run } from './setup.mjs';

const [file, ...rest] = process.argv.slice(2);
if (!file || !existsSync(join(root, file))) {
  process.stderr.write('Give an ablation file, for example examples/sampler-ablation/ablation.ts\n');
  process.exit(1);
}
await install();
await build();
await fetchRuntime();
process.exitCode = await run(process.execPath, ['packages/cli/dist/bin.js', 'ablate', file, ...rest]);
