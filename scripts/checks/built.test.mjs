// The checks of what is built: each passes a small good package, and says what is wrong with it once it is broken.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { checkApiReports } from './api-reports.mjs';
import { checkDistImports } from './dist-imports.mjs';
import { packPackages } from './packed.mjs';
import { checkPublished } from './published.mjs';
import { checkSizes, importSize } from './sizes.mjs';
import { smallWorkspace } from './small-workspace.mjs';
import { checkTarballs, TARBALLS } from './tarballs.mjs';

const manifest = 'packages/losses/package.json';
let workspace;

const dist = (file, code) => workspace.write(`packages/losses/dist/${file}`, code);
const pack = () => packPackages(workspace.root);

beforeEach(() => {
  workspace = smallWorkspace();
  dist('index.js', "import { add } from '@tensorflow/tfjs-core';\nexport const part = () => add();\n");
  dist('index.d.ts', '/** A part. */\nexport declare const part: () => void;\n');
});

afterEach(() => workspace.remove());

/** Exactly one problem, and it reads like this. */
function onlyProblem(problems, pattern) {
  assert.equal(problems.length, 1, `expected one problem, got:\n${problems.join('\n')}`);
  assert.match(problems[0], pattern);
}

describe('publishable', () => {
  it('passes what is built well, and leaves out what is not built', async () => {
    const packed = await pack();
    assert.deepEqual(
      packed.map(({ path, files }) => [path, files.join()]),
      [['packages/losses', 'LICENSE,README.md,dist/index.d.ts,dist/index.js,package.json']],
    );
    assert.deepEqual(await checkPublished(packed), []);
  });

  it('finds an entry that the build lacks', async () => {
    workspace.change(
      manifest,
      (m) => (m.exports['./more'] = { types: './dist/index.d.ts', default: './dist/more.js' }),
    );
    const problems = await checkPublished(await pack());
    assert.match(problems.join('\n'), /packages\/losses: .*more.js but the file does not exist/);
  });

  it('finds what attw finds: types that import a file without its ending', async () => {
    dist('part.d.ts', 'export declare const part: () => void;\n');
    dist('index.d.ts', "export { part } from './part';\n");
    assert.match(
      (await checkPublished(await pack())).join('\n'),
      /packages\/losses: attw: InternalResolutionError in the package, node16/,
    );
  });

  it('finds a range that no registry knows', async () => {
    workspace.change(manifest, (m) => (m.dependencies = { koffi: 'file:koffi' }));
    assert.match((await checkPublished(await pack())).join('\n'), /would be published with koffi at "file:koffi"/);
  });
});

describe('tarballs', () => {
  it('compares their files with the reviewed ones, whatever the hashes of parts', async () => {
    onlyProblem(checkTarballs(workspace.root, await pack()), /tarballs.txt: is missing; review it/);
    dist('chunk-7WZT6MEF.js', '');
    assert.deepEqual(checkTarballs(workspace.root, await pack(), { update: true }), []);
    dist('chunk-LPJWBSFR.js', '');
    assert.deepEqual(checkTarballs(workspace.root, await pack()), []);
    assert.match(
      readFileSync(join(workspace.root, TARBALLS), 'utf8'),
      /^@hcsc\/losses\n {2}LICENSE\n(?:.*\n)* {2}dist\/chunk-\*\.js\n/,
    );
  });

  it('says which file is new', async () => {
    checkTarballs(workspace.root, await pack(), { update: true });
    dist('secret.json', '{}');
    const problems = checkTarballs(workspace.root, await pack());
    assert.match(problems[0], /differs from what is built; review it, and take it with npm run api/);
    assert.deepEqual(
      problems.filter((line) => /^ *[+-]/.test(line)),
      ['  +  dist/secret.json'],
    );
  });
});

describe('sizes', () => {
  it('counts our packages and what is loaded at once, not TensorFlow.js and what is loaded on demand', async () => {
    const size = () => importSize(workspace.root, '@hcsc/losses', 'part');
    const alone = await size();
    dist('later.js', `export const later = '${Array.from({ length: 2000 }, (_, i) => i * i).join()}';\n`);
    dist('index.js', "export const part = () => import('./later.js');\n");
    assert.ok((await size()) < alone + 200);
    dist(
      'index.js',
      "import { later } from './later.js';\nexport const part = () => later;\nexport const other = 1;\n",
    );
    assert.ok((await size()) > 3000);
    assert.ok((await importSize(workspace.root, '@hcsc/losses', 'other')) < alone);
  });

  it('says what weighs too much', async () => {
    assert.deepEqual(await checkSizes(workspace.root, [['@hcsc/losses', '*', 200]]), []);
    onlyProblem(
      await checkSizes(workspace.root, [
        ['@hcsc/losses', 'part', 10],
        ['@hcsc/random', '*', 0],
      ]),
      /import \{ part \} from '@hcsc\/losses' weighs \d+ bytes gzipped, 10 is the limit/,
    );
  });
});

describe('imports of what is built', () => {
  it('passes peers and research packages of ours', async () => {
    assert.deepEqual(await checkDistImports(workspace.root), []);
    workspace.write('packages/backbones/dist/index.js', "export { part } from '@hcsc/random';\n");
    assert.deepEqual(await checkDistImports(workspace.root), []);
  });

  for (const [name, code, specifier] of [
    ['Node', "import { join } from 'node:path';\nexport const part = join;\n", 'node:path'],
    ['a package', "export { part } from 'left-pad';\n", 'left-pad'],
    ['one on demand', "export const part = () => import('left-pad');\n", 'left-pad'],
    ['a peer that is none', "export { part } from '@tensorflow/tfjs-layers';\n", '@tensorflow/tfjs-layers'],
  ]) {
    it(`finds ${name}`, async () => {
      dist('index.js', code);
      onlyProblem(
        await checkDistImports(workspace.root),
        new RegExp(`dist/index.js: imports ${specifier}; it may import @tensorflow/tfjs-core$`),
      );
    });
  }
});

describe('API reports', () => {
  const report = 'packages/losses/api.md';
  const check = (options) => checkApiReports(workspace.root, options);

  // The DOM's types would take their time.
  beforeEach(() => workspace.change('tsconfig.base.json', ({ compilerOptions }) => (compilerOptions.lib = ['ES5'])));

  it('compare with what was reviewed', () => {
    onlyProblem(check(), /packages\/losses\/api.md: is missing; review it/);
    assert.deepEqual(check({ update: true }), []);
    assert.match(readFileSync(join(workspace.root, report), 'utf8'), /```ts\nexport const part: \(\) => void;\n```/);
    assert.deepEqual(check(), []);
    dist('index.d.ts', '/** A part. */\nexport declare const part: (more: string) => void;\n');
    assert.deepEqual(
      check().filter((line) => /^ *[+-]/.test(line)),
      ['  -export const part: () => void;', '  +export const part: (more: string) => void;'],
    );
  });

  it('are one for each entry, and none for an entry that is gone', () => {
    const more = 'packages/losses/api-more.md';
    dist('more.d.ts', '/** More. */\nexport declare const more = 1;\n');
    workspace.change(manifest, (m) => (m.exports['./more'] = { types: './dist/more.d.ts', default: './dist/more.js' }));
    assert.deepEqual(check({ update: true }), []);
    assert.match(
      readFileSync(join(workspace.root, more), 'utf8'),
      /^# @hcsc\/losses\/more\n(?:.*\n)*export const more = 1;/,
    );
    workspace.change(manifest, (m) => delete m.exports['./more']);
    onlyProblem(check(), /api-more.md: should be there no more/);
    check({ update: true });
    assert.ok(!existsSync(join(workspace.root, more)));
  });

  it('find what is exported without a sentence, and types that are not exported', () => {
    dist('index.d.ts', 'export declare const part: () => void;\n');
    onlyProblem(check(), /packages\/losses: has no sentence about const part: \(\) => void;/);
    dist('index.d.ts', 'type Hidden = { a: 1 };\n/** A part. */\ndeclare const part: Hidden;\nexport { part };\n');
    onlyProblem(check(), /packages\/losses: .*The symbol "Hidden" needs to be exported/);
  });
});
