// Every check passes a small good workspace, and says what is wrong with it once it is broken.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { checkBrowserTypes } from './browser-types.mjs';
import { checkDirection } from './direction.mjs';
import { checkPackageShape } from './package-shape.mjs';
import { smallWorkspace } from './small-workspace.mjs';
import { checkSourceText } from './source-text.mjs';

let workspace;

beforeEach(() => {
  workspace = smallWorkspace();
});

afterEach(() => workspace.remove());

/** Exactly one problem, and it reads like this. */
function onlyProblem(problems, pattern) {
  assert.equal(problems.length, 1, `expected one problem, got:\n${problems.join('\n')}`);
  assert.match(problems[0], pattern);
}

const manifest = 'packages/losses/package.json';
const part = 'packages/losses/src/part.ts';

describe('package shape', () => {
  it('passes a good workspace', () => assert.deepEqual(checkPackageShape(workspace.root), []));

  for (const [name, alter, pattern] of [
    ['a missing key', (m) => delete m.sideEffects, /sideEffects is missing/],
    ['an unknown key', (m) => (m.main = 'x.js'), /main is not a key/],
    ['another name', (m) => (m.name = '@hcsc/loss'), /name should be "@hcsc\/losses", is "@hcsc\/loss"/],
    ['no version', (m) => (m.version = 'one'), /version one is none/],
    ['an empty description', (m) => (m.description = ' '), /description is empty/],
    ['another licence', (m) => (m.license = 'ISC'), /license should be "MIT", is "ISC"/],
    ['side effects', (m) => (m.sideEffects = true), /sideEffects should be false/],
    ['CommonJS', (m) => (m.type = 'commonjs'), /type should be "module"/],
    ['another Node', (m) => (m.engines.node = '>=18'), /engines should be/],
    ['another folder', (m) => (m.repository.directory = 'packages/loss'), /directory should be packages\/losses/],
    ['no kind', (m) => (m.hcsc.kind = 'tool'), /hcsc.kind should be research or workbench, is tool/],
    ['no README published', (m) => m.files.splice(1, 1), /files should include README.md/],
    ['no changelog published', (m) => m.files.splice(2, 1), /files should include CHANGELOG.md/],
    ['published without provenance', (m) => delete m.publishConfig.provenance, /publishConfig should be/],
    ['exports of sources', (m) => (m.exports['.'].default = './src/index.ts'), /exports\["\."\] should be/],
    ['types that come last', (m) => (m.exports['.'] = { default: './dist/i.js', types: './dist/i.d.ts' }), /should be/],
    ['no manifest exported', (m) => delete m.exports['./package.json'], /exports\["\.\/package.json"\] is missing/],
    ['a foreign peer', (m) => (m.peerDependencies.react = '^19'), /peer react: only @tensorflow/],
    ['vitest as a peer', (m) => (m.peerDependencies.vitest = '>=3'), /peer vitest: only/],
    [
      'another range of TensorFlow.js',
      (m) => (m.peerDependencies['@tensorflow/tfjs-core'] = '>=4'),
      /"\^4.22.0", is ">=4"/,
    ],
    ['a range of its own', (m) => (m.devDependencies = { tsup: '^8.0.0' }), /tsup should be "catalog:", is "\^8.0.0"/],
    ['a pinned sister', (m) => (m.devDependencies = { '@hcsc/random': '*' }), /should be "workspace:\^", is "\*"/],
  ]) {
    it(`finds ${name}`, () => {
      workspace.change(manifest, alter);
      const problems = checkPackageShape(workspace.root).filter((problem) => !/changeset/.test(problem));
      assert.ok(problems.length > 0);
      assert.ok(
        problems.some((problem) => pattern.test(problem)),
        problems.join('\n'),
      );
      assert.ok(problems.every((problem) => problem.startsWith('packages/losses')));
    });
  }

  it('finds TensorFlow.js as a dependency', () => {
    workspace.change(manifest, (m) => (m.dependencies = { '@tensorflow/tfjs-core': 'catalog:' }));
    assert.match(checkPackageShape(workspace.root).join('\n'), /tfjs-core should be a peer/);
  });

  for (const file of ['README.md', 'LICENSE', 'tsconfig.json', 'tsup.config.ts']) {
    it(`finds a missing ${file}`, () => {
      rmSync(join(workspace.root, 'packages/losses', file));
      onlyProblem(checkPackageShape(workspace.root), new RegExp(`packages/losses/${file}: is missing`));
    });
  }

  it('finds another order of headings, one too many, and another title', () => {
    workspace.edit('packages/losses/README.md', '## Memory', '## Speed');
    onlyProblem(checkPackageShape(workspace.root), /README.md: its headings should be .* are .*Speed/);
    workspace.edit('packages/losses/README.md', '## Speed', '## Memory\n\n## More');
    onlyProblem(checkPackageShape(workspace.root), /are .*Memory, More, Errors/);
    workspace.edit('packages/losses/README.md', '## More', '');
    workspace.edit('packages/losses/README.md', '# @hcsc/losses', '# Losses');
    onlyProblem(checkPackageShape(workspace.root), /title should be "# @hcsc\/losses", is "Losses"/);
  });

  it('finds a package that no changeset names, unless it has a changelog', () => {
    workspace.write('.changeset/losses.md', '---\n---\n\nAbout @hcsc/losses.\n');
    onlyProblem(checkPackageShape(workspace.root), /neither a CHANGELOG.md nor a .changeset/);
    workspace.write('packages/losses/CHANGELOG.md', '# @hcsc/losses\n');
    assert.deepEqual(checkPackageShape(workspace.root), []);
  });

  it('finds barrels that export everything, a default, or code of their own', () => {
    for (const [code, pattern] of [
      ["export * from './part.js';\n", /not export \*/],
      ["export * as all from './part.js';\n", /not export \*/],
      ["export { part as default } from './part.js';\n", /no default export/],
      ['export const part = 1;\n', /only re-export by name, has: export const part = 1;/],
    ]) {
      workspace.write('packages/losses/src/index.ts', code);
      onlyProblem(checkPackageShape(workspace.root), pattern);
    }
  });

  it('finds Node types in a research package', () => {
    workspace.change('packages/losses/tsconfig.json', (config) => (config.compilerOptions.types = ['node']));
    onlyProblem(checkPackageShape(workspace.root), /"types": \[\]/);
  });

  it('finds imports that are not declared, of values, of types and at run time', () => {
    for (const code of [
      "import { x } from 'left-pad';\nexport const part = x;\n",
      "import type { X } from 'left-pad/types';\nexport type Part = X;\n",
      "export const part = await import('left-pad');\n",
    ]) {
      workspace.write(part, code);
      onlyProblem(checkPackageShape(workspace.root), /part.ts: imports left-pad, which packages\/losses\/package.json/);
    }
  });

  it('takes an optional peer that is named by its meta data only for declared', () => {
    workspace.write(part, "export const part = await import('left-pad');\n");
    workspace.change(manifest, (m) => (m.peerDependenciesMeta = { 'left-pad': { optional: true } }));
    assert.deepEqual(checkPackageShape(workspace.root), []);
  });

  it('lets tests import what the root or the dev dependencies declare, and nothing else', () => {
    workspace.write('packages/losses/src/part.test.ts', "import 'vitest';\nimport 'tsup';\n");
    onlyProblem(checkPackageShape(workspace.root), /part.test.ts: imports tsup/);
    workspace.change(manifest, (m) => (m.devDependencies = { tsup: 'catalog:' }));
    assert.deepEqual(checkPackageShape(workspace.root), []);
  });

  it('finds dependencies that nothing imports', () => {
    workspace.change('packages/train/package.json', (m) => (m.dependencies.koffi = 'catalog:'));
    onlyProblem(checkPackageShape(workspace.root), /depends on koffi, which its shipped code never imports/);
  });
});

describe('dependency direction', () => {
  it('passes a good workspace', async () => assert.deepEqual(await checkDirection(workspace.root), []));

  for (const [name, file, code, pattern] of [
    [
      'a relative import across packages',
      'packages/train/src/part.ts',
      "export { part } from '../../losses/src/part.js';",
      /by-name/,
    ],
    ['one in a test', 'packages/train/src/x.test.ts', "import '../../losses/src/part.js';", /by-name/],
    [
      'one in an example',
      'examples/hcsc/recipe.ts',
      "import '../../packages/losses/src/part.js';",
      /into-packages-by-name/,
    ],
    [
      'a Node built-in in a research package',
      part,
      "export { join as part } from 'node:path';",
      /research-without-node/,
    ],
    ['one without its prefix', part, "export { join as part } from 'path';", /research-without-node/],
    [
      'a type of one',
      part,
      "import type { Stats } from 'node:fs';\nexport const part = 1 as unknown as Stats;",
      /without-node/,
    ],
    [
      'the workbench in a research package',
      'packages/backbones/src/part.ts',
      "export { part } from '@hcsc/train';",
      /research-without-workbench/,
    ],
    ['another package in losses', part, "export { part } from '@hcsc/random';", /losses-alone/],
    [
      'a type of another package in losses',
      part,
      "import type { part as p } from '@hcsc/random';\nexport const part = 1 as unknown as typeof p;",
      /losses-alone/,
    ],
    ['layers in losses', part, "export { model as part } from '@tensorflow/tfjs-layers';", /layers-where-needed/],
    [
      'the union package',
      'packages/train/src/part.ts',
      "export { add as part } from '@tensorflow/tfjs';",
      /no-union-package/,
    ],
    ['an import that leads nowhere', part, "export { part } from './gone.js';", /resolvable/],
    [
      'shipped code that imports a test',
      part,
      "export { helper as part } from './testing/helper.js';",
      /tests-stay-out/,
    ],
  ]) {
    it(`finds ${name}`, async () => {
      workspace.write('packages/losses/src/testing/helper.ts', "import 'node:fs';\nexport const helper = 1;\n");
      workspace.write(file, `${code}\n`);
      onlyProblem(await checkDirection(workspace.root), pattern);
    });
  }

  it('lets backbones import layers', async () => {
    workspace.write('packages/backbones/src/part.ts', "export { model as part } from '@tensorflow/tfjs-layers';\n");
    assert.deepEqual(await checkDirection(workspace.root), []);
  });

  it('finds circles of files, but not of types', async () => {
    workspace.write(part, "import { other } from './other.js';\nexport const part = () => other;\n");
    workspace.write(
      'packages/losses/src/other.ts',
      "import type { part } from './part.js';\nexport const other: typeof part | 1 = 1;\n",
    );
    assert.deepEqual(await checkDirection(workspace.root), []);
    workspace.write(
      'packages/losses/src/other.ts',
      "import { part } from './part.js';\nexport const other = () => part;\n",
    );
    const problems = await checkDirection(workspace.root);
    assert.ok(problems.length > 0 && problems.every((problem) => /no-cycles/.test(problem)), problems.join('\n'));
  });

  it('finds circles of packages by their manifests', async () => {
    workspace.change('packages/random/package.json', (m) => (m.dependencies = { '@hcsc/backbones': 'workspace:^' }));
    onlyProblem(
      await checkDirection(workspace.root),
      /@hcsc\/backbones → @hcsc\/random → @hcsc\/backbones: packages need/,
    );
  });
});

describe('types without Node', () => {
  it('passes a good workspace', () => assert.deepEqual(checkBrowserTypes(workspace.root), []));

  it('finds globals of Node in research packages only', () => {
    workspace.write('packages/train/src/part.ts', 'export const part = process.cwd();\n');
    assert.deepEqual(checkBrowserTypes(workspace.root), []);
    workspace.write(part, 'export const one = 1;\nexport const part = process.cwd();\n');
    onlyProblem(checkBrowserTypes(workspace.root), /packages\/losses\/src\/part.ts:2: Cannot find name 'process'/);
  });
});

describe('source text', () => {
  const random = ['Math', 'random()'].join('.');
  const home = ['', 'home', 'somebody', 'data'].join('/');

  beforeEach(() => execFileSync('git', ['init', '--quiet'], { cwd: workspace.root }));

  it('passes a good workspace', () => assert.deepEqual(checkSourceText(workspace.root), []));

  it('finds unseeded random numbers in code, not in prose', () => {
    workspace.write(part, `export const part = 1;\nexport const noise = ${random};\n`);
    workspace.write('NOTES.md', `Never ${random}.\n`);
    onlyProblem(checkSourceText(workspace.root), /part.ts:2: random numbers come from @hcsc\/random/);
  });

  it('finds paths of one machine everywhere, not in addresses or longer paths', () => {
    workspace.write('docs/a.md', `https://example.org${home} and .${home} and packages${home}\n`);
    assert.deepEqual(checkSourceText(workspace.root), []);
    workspace.write('docs/a.md', `fine\n\nread '${home}'\n`);
    onlyProblem(checkSourceText(workspace.root), /docs\/a.md:3: names \/home\/, a path of one machine/);
  });

  it('leaves ignored files alone', () => {
    workspace.write('dist/x.js', `const path = '${home}';\n`);
    assert.deepEqual(checkSourceText(workspace.root), []);
  });
});
