// npm run check: everything about the repository that needs no test run. One line a step; all steps run, whatever fails.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root, run, say } from './setup.mjs';

await install();
await build();
// What the steps import is there only now.
const { checkApiReports } = await import('./checks/api-reports.mjs');
const { checkBrowserTypes } = await import('./checks/browser-types.mjs');
const { checkCleanInstall } = await import('./checks/clean-install.mjs');
const { checkDirection } = await import('./checks/direction.mjs');
const { checkDistImports } = await import('./checks/dist-imports.mjs');
const { checkPackageShape } = await import('./checks/package-shape.mjs');
const { packPackages } = await import('./checks/packed.mjs');
const { checkPublished } = await import('./checks/published.mjs');
const { checkSizes } = await import('./checks/sizes.mjs');
const { checkSourceText } = await import('./checks/source-text.mjs');
const { checkTarballs } = await import('./checks/tarballs.mjs');

/** A step that is a command of its own: its output says what is wrong. */
const command =
  (name, ...args) =>
  async () =>
    (await run(name, args, { quiet: true })) === 0 ? [] : ['see above'];

const tests = ['scripts/checks', 'scripts/readmes'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.test.mjs'))
    .map((file) => `${folder}/${file}`),
);

const packed = await packPackages(root);

/** Two lanes, side by side: what is a process of its own, and what runs in this one. */
const lanes = [
  [
    ['lint and format', command('biome', 'check', '--error-on-warnings', '.')],
    ['types', command('tsc', '-p', '.')],
    ['unused files, exports and dependencies', command('knip', '--no-progress')],
    ['the checks themselves', command(process.execPath, '--test', ...tests)],
  ],
  [
    ['package shape', () => checkPackageShape(root)],
    ['source text', () => checkSourceText(root)],
    ['dependency direction', () => checkDirection(root)],
    ['types without Node, research packages', () => checkBrowserTypes(root)],
    [`publishable, ${packed.length} packages`, () => checkPublished(packed)],
    ['files of the tarballs', () => checkTarballs(root, packed)],
    ['imports of research packages', () => checkDistImports(root)],
    ['sizes', () => checkSizes(root)],
    ['public APIs', () => checkApiReports(root)],
    ['clean install of @hcsc/runtime', () => checkCleanInstall(root)],
  ],
];

let failed = 0;
const runLane = async (steps) => {
  for (const [name, step] of steps) {
    const started = performance.now();
    const problems = await step();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (problems.length > 0) failed += 1;
    say(`${problems.length > 0 ? '✗' : '✓'} ${name}, ${seconds} s`);
    for (const problem of problems) say(`    ${problem}`);
  }
};
await Promise.all(lanes.map(runLane));
const count = lanes.flat().length;
say(failed > 0 ? `${failed} of ${count} checks failed` : `All ${count} checks passed`);
process.exitCode = failed > 0 ? 1 : 0;
