// npm run test:readmes [-- losses kmeans] [-- --update]: every ts block of every README compiles, runs, and prints what it says.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root, say } from './setup.mjs';

await install();
if (!process.argv.includes('--no-build')) await build();
const { checkReadmes } = await import('./readmes/check-readmes.mjs');

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const all = ['README.md', ...readdirSync(join(root, 'packages')).map((folder) => `packages/${folder}/README.md`)];
const readmes = all.filter(
  (readme) =>
    existsSync(join(root, readme)) &&
    (wanted.length === 0 || wanted.some((name) => readme === `packages/${name}/README.md` || readme === name)),
);
if (readmes.length === 0) {
  process.stderr.write(`No README is meant by ${wanted.join(', ')}: give names of packages, or README.md\n`);
  process.exit(1);
}
const started = performance.now();
const { programs, problems } = await checkReadmes(root, readmes, { update: process.argv.includes('--update') });
for (const problem of problems) say(problem);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
say(
  `${programs} blocks of ${readmes.length} READMEs in ${seconds} s, ${problems.length > 0 ? 'with problems' : 'all as they say'}`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
