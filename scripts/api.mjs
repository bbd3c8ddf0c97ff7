// npm run api: takes the API of the packages and the files of their tarballs, as they are built now, for reviewed.
import { build, install, root, say } from './setup.mjs';

await install();
await build();
const { checkApiReports } = await import('./checks/api-reports.mjs');
const { packPackages } = await import('./checks/packed.mjs');
const { checkTarballs } = await import('./checks/tarballs.mjs');

const problems = [
  ...checkApiReports(root, { update: true }),
  ...checkTarballs(root, await packPackages(root), { update: true }),
];
for (const problem of problems) say(problem);
say('Look at what has changed in packages/*/api*.md and scripts/checks/tarballs.txt before you commit it');
process.exitCode = problems.length > 0 ? 1 : 0;
