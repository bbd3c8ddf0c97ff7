// npm run release:rehearse: the whole of a release, on this machine. A copy of the repository is versioned by changesets,
// what is built is published from it to a registry of its own (Verdaccio, on a free port, in a temporary folder), and
// installed from there with pnpm and with npm, and run. Neither the repository nor any other registry is written to.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { trackedFiles } from './checks/source-text.mjs';
import { readJson, readPackages } from './checks/workspace.mjs';
import { noRegistry } from './packed/managers.mjs';
import { startRegistry } from './packed/registry.mjs';
import { withWorkplace } from './packed/workplace.mjs';
import { build, env, install, root, say } from './setup.mjs';

await install();
await build();

/** Import and require the packages that are named; the first clusters four points too. */
const programs = {
  'import.mjs': `
    import '@tensorflow/tfjs-backend-cpu';
    import * as tf from '@tensorflow/tfjs-core';
    for (const name of process.argv.slice(2)) {
      if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');
    }
    const { kMeans } = await import('@hcsc/kmeans');
    const { createRng } = await import('@hcsc/random');
    await tf.setBackend('cpu');
    const points = tf.tensor2d([[0, 0], [0, 1], [9, 9], [9, 8]]);
    const { assignments } = await kMeans(points, 2, { rng: createRng(0) });
    const [a, b, c, d] = assignments.dataSync();
    if (a !== b || c !== d || a === c) throw new Error('k-means put the points into ' + [a, b, c, d]);
  `,
  'require.cjs': `
    for (const name of process.argv.slice(2)) {
      if (Object.keys(require(name)).length === 0) throw new Error(name + ' exports nothing');
    }
  `,
};

/** Nobody's name on commits and tags that are thrown away. */
const nobody = { NAME: 'rehearsal', EMAIL: 'rehearsal@localhost' };
const gitEnv = Object.fromEntries(
  Object.entries(nobody).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]),
);

let failed = 0;
let leftOut = false;

/** Does one part of the rehearsal and says in a line what came of it. */
async function part(name, work) {
  const started = performance.now();
  const result = await work();
  const { problems = [], text } = result ?? {};
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${problems.length > 0 ? '✗' : '✓'} ${[name, text, `${seconds} s`].filter(Boolean).join(', ')}`);
  for (const problem of problems) say(`    ${problem}`);
  failed += problems.length;
}

/** Copies the repository as it is in the working tree, with what is built, to be a repository of its own. */
async function copyRepository(copy, run) {
  for (const file of trackedFiles(root)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const { path } of readPackages(root)) {
    for (const built of ['dist', 'vendor']) {
      if (existsSync(join(root, path, built)))
        cpSync(join(root, path, built), join(copy, path, built), { recursive: true });
    }
  }
  const git = (...args) => run('git', args, { cwd: copy, env: { ...env, ...gitEnv } });
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '--all');
  await git('commit', '--quiet', '--no-verify', '--message', 'chore: a copy');
  await run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts'], { cwd: copy });
}

const pendingChangesets = (folder) =>
  readdirSync(join(folder, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md');

async function version(copy, run) {
  const pending = pendingChangesets(copy).length;
  const before = new Map(readPackages(copy).map(({ manifest }) => [manifest.name, manifest.version]));
  await run('changeset', ['version'], { cwd: copy });
  const packages = readPackages(copy);
  const moved = packages.filter(({ manifest }) => manifest.version !== before.get(manifest.name));
  const problems = pendingChangesets(copy).map((file) => `.changeset/${file} is still there`);
  if (pending > 0 && moved.length === 0) problems.push('no version moved');
  for (const { path, manifest } of moved) {
    const changelog = join(copy, path, 'CHANGELOG.md');
    const named = existsSync(changelog) && readFileSync(changelog, 'utf8').includes(`## ${manifest.version}\n`);
    if (!named) problems.push(`${path}: no CHANGELOG.md that has ${manifest.version}`);
  }
  return { problems, text: `${pending} changesets move ${moved.length} of ${packages.length} packages` };
}

async function publish(copy, registry, { folder, run }) {
  // Its own settings instead of the user's: no token of theirs can be used, no registry of theirs reached.
  const settings = join(folder, 'publish.npmrc');
  writeFileSync(settings, `registry=${registry}\n//${new URL(registry).host}/:_authToken=rehearsal\n`);
  const publishEnv = { ...env, ...gitEnv, npm_config_userconfig: settings, npm_config_registry: registry };
  for (const { path, manifest } of readPackages(copy)) {
    // Only a workflow of GitHub can attest where a package was built; npm refuses elsewhere.
    manifest.publishConfig.provenance = false;
    writeFileSync(join(copy, path, 'package.json'), JSON.stringify(manifest, null, 2));
  }
  await run('changeset', ['publish'], { cwd: copy, env: publishEnv });
  const packages = readPackages(copy);
  const tags = (await run('git', ['tag'], { cwd: copy })).split('\n');
  const problems = [];
  for (const { manifest } of packages) {
    const response = await fetch(new URL(manifest.name.replace('/', '%2f'), registry));
    const latest = response.ok ? (await response.json())['dist-tags'].latest : 'nothing';
    if (latest !== manifest.version)
      problems.push(`${manifest.name}: ${manifest.version} should be there, is ${latest}`);
    const tag = `${manifest.name}@${manifest.version}`;
    if (!tags.includes(tag)) problems.push(`no tag ${tag}`);
  }
  return { problems, text: `${packages.length} packages` };
}

/** An empty project that takes our packages from the registry, and all others from where it does anyway. */
function project(folder, registry, manifest) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.npmrc'), `@hcsc:registry=${registry}\n`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', ...manifest }));
  return folder;
}

/** `pnpm add @hcsc/losses …` in a trainer of somebody else's, which is then trained. */
async function useWithPnpm(registry, { folder: parent, run }) {
  const folder = join(parent, 'pnpm');
  const example = join(root, 'examples/third-party-trainer');
  cpSync(example, folder, { recursive: true, filter: (path) => !/[\\/](node_modules|out|dist)$/.test(path) });
  const manifest = readJson(join(example, 'package.json'));
  const ours = Object.keys(manifest.dependencies).filter((name) => name.startsWith('@hcsc/'));
  for (const name of ours) delete manifest.dependencies[name];
  project(folder, registry, manifest);
  await run('pnpm', ['add', '--ignore-workspace', ...ours], { cwd: folder });
  const fixture = join(root, 'packages/testing/golden/infonce.json');
  const lines = (await run('pnpm', ['--silent', 'start', 'cpu', fixture], { cwd: folder })).trim().split('\n');
  const losses = lines.filter((line) => /^loss, /.test(line));
  const golden = lines.filter((line) => /^golden /.test(line));
  const problems = losses.length > 0 && golden.length > 0 ? [] : lines;
  return { problems, text: losses[0] };
}

/** What is wrong with a package as somebody has it who installed it. */
function checkInstalled(folder, { manifest: { name, version: wanted } }) {
  const problems = [];
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts']) {
    if (!existsSync(join(folder, file))) problems.push(`${name}: has no ${file}`);
  }
  const { version: got, dependencies = {}, peerDependencies = {} } = readJson(join(folder, 'package.json'));
  if (got !== wanted) problems.push(`${name}: is ${got}, should be ${wanted}`);
  for (const [dependency, range] of Object.entries({ ...dependencies, ...peerDependencies })) {
    const holds = dependency.startsWith('@tensorflow/') ? range === '^4.22.0' : /^(\^|>=)\d/.test(range);
    if (!holds) problems.push(`${name}: needs ${dependency} at ${range}`);
  }
  return problems;
}

/** `npm install` of all our packages and what their peers are; each is imported and required. */
async function useWithNpm(copy, registry, { folder: parent, run }) {
  const folder = project(join(parent, 'npm'), registry, {});
  const packages = readPackages(copy);
  const names = packages.map(({ manifest }) => manifest.name);
  const peers = ['core', 'layers', 'backend-cpu', 'backend-wasm'].map((one) => `@tensorflow/tfjs-${one}@^4.22.0`);
  await run('npm', ['install', '--no-audit', '--no-fund', ...names, ...peers, 'vitest'], { cwd: folder });
  const problems = packages.flatMap((one) => checkInstalled(join(folder, 'node_modules', one.manifest.name), one));
  // The one that vitest alone can import.
  const imported = names.filter((name) => name !== '@hcsc/testing');
  for (const [file, text] of Object.entries(programs)) {
    writeFileSync(join(folder, file), text);
    await run(process.execPath, [file, ...imported], { cwd: folder });
  }
  const said = (await run(join(folder, 'node_modules/.bin/hcsc'), ['--version'], { cwd: folder })).trim();
  const { manifest } = packages.find((one) => one.folder === 'cli');
  if (said !== manifest.version) problems.push(`hcsc --version says ${said}, should say ${manifest.version}`);
  return {
    problems,
    text: `${imported.length} of ${names.length} packages imported and required, k-means and hcsc run`,
  };
}

try {
  await withWorkplace('release', async (workplace) => {
    const { folder, run } = workplace;
    const copy = join(folder, 'repository');
    let registry;
    await part('a copy of the repository', () => copyRepository(copy, run));
    await part('changeset version', () => version(copy, run));
    await part('a registry', async () => {
      registry = await startRegistry(root, workplace);
    });
    await part('changeset publish', () => publish(copy, registry, workplace));
    await part('pnpm add, and a trainer', () => useWithPnpm(registry, workplace));
    await part('npm install', () => useWithNpm(copy, registry, workplace));
  });
} catch (error) {
  leftOut = noRegistry(error) && !process.env.CI;
  if (leftOut) say('The rest is left out: no registry can be reached');
  else {
    failed += 1;
    say(`✗ ${error.message}`);
    for (const line of (error.output ?? error.stack).split('\n').slice(-30)) say(`    ${line}`);
  }
}
if (failed > 0) say('The rehearsal failed');
else if (!leftOut) say('The rehearsal went well');
process.exitCode = failed > 0 ? 1 : 0;
