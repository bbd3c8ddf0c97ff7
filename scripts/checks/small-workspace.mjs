import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { headings } from './package-files.mjs';

const licence = 'MIT License\n';
const base = {
  target: 'ES2022',
  lib: ['ES2023', 'DOM'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
};

function manifestOf(folder, kind) {
  return {
    name: `@hcsc/${folder}`,
    version: '0.1.0',
    description: `The ${folder}`,
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    keywords: ['contrastive-learning'],
    repository: { type: 'git', url: 'git+https://example.org/hcsc.git', directory: `packages/${folder}` },
    engines: { node: '>=20.19' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    files: ['dist', 'README.md', 'CHANGELOG.md', 'LICENSE'],
    publishConfig: { access: 'public', provenance: true },
    scripts: { build: 'tsup' },
    hcsc: { kind },
    peerDependencies: { '@tensorflow/tfjs-core': '^4.22.0' },
  };
}

function readmeOf(folder) {
  return [`# @hcsc/${folder}`, ...headings.map((heading) => `## ${heading}\n\n~~~sh\n# a comment, no title\n~~~`)].join(
    '\n\n',
  );
}

/**
 * A workspace in a temporary folder that passes every check, to be broken: research packages `random`, `losses` and
 * `backbones` and the workbench package `train`. `write`, `edit` (a text) and `change` (a JSON file) alter it,
 * `remove` takes it away.
 */
export function smallWorkspace() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'workspace-')));
  const write = (path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  };
  const read = (path) => readFileSync(join(root, path), 'utf8');
  const edit = (path, from, to) => write(path, read(path).replace(from, to));
  const change = (path, alter) => {
    const value = JSON.parse(read(path));
    alter(value);
    write(path, value);
  };

  write('package.json', { license: 'MIT', engines: { node: '>=20.19' }, devDependencies: { vitest: 'catalog:' } });
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\ncatalog: {}\n');
  write('LICENSE', licence);
  write('tsconfig.base.json', { compilerOptions: base });
  write('tsconfig.json', {
    compilerOptions: { ...base, noEmit: true, paths: { '@hcsc/*': ['./packages/*/src/index.ts'] } },
    include: ['packages/*/src'],
  });
  for (const [name, code] of [
    ['@tensorflow/tfjs-core', 'export function add(a, b) {}'],
    ['@tensorflow/tfjs-layers', 'export function model() {}'],
    ['vitest', 'export function it() {}'],
  ]) {
    write(`node_modules/${name}/package.json`, {
      name,
      type: 'module',
      exports: { types: './index.d.ts', default: './index.js' },
    });
    write(`node_modules/${name}/index.js`, code);
    write(
      `node_modules/${name}/index.d.ts`,
      code.replace('export function', 'export declare function').replace(/\(.*\) \{\}/, '(...rest: unknown[]): void;'),
    );
  }
  for (const [folder, kind, code] of [
    ['random', 'research', "import { add } from '@tensorflow/tfjs-core';\nexport const part = () => add();\n"],
    ['losses', 'research', 'export const part = 1;\n'],
    ['backbones', 'research', "import { part as random } from '@hcsc/random';\nexport const part = random;\n"],
    [
      'train',
      'workbench',
      "import { join } from 'node:path';\nimport { part as loss } from '@hcsc/losses';\nexport const part = [join, loss];\n",
    ],
  ]) {
    const path = `packages/${folder}`;
    write(`${path}/package.json`, manifestOf(folder, kind));
    write(`${path}/README.md`, readmeOf(folder));
    write(`${path}/LICENSE`, licence);
    write(`${path}/tsup.config.ts`, 'export default {};\n');
    write(`${path}/tsconfig.json`, {
      extends: '../../tsconfig.base.json',
      compilerOptions: { types: kind === 'research' ? [] : ['node'] },
    });
    write(`${path}/src/index.ts`, "export { part } from './part.js';\n");
    write(`${path}/src/part.ts`, code);
    write(
      `${path}/src/part.test.ts`,
      "import { it } from 'vitest';\nimport { readFileSync } from 'node:fs';\nimport { part } from './part.js';\nit(String([part, readFileSync]));\n",
    );
    write(`.changeset/${folder}.md`, `---\n'@hcsc/${folder}': minor\n---\n\nFirst.\n`);
  }
  change('packages/backbones/package.json', (manifest) => {
    manifest.dependencies = { '@hcsc/random': 'workspace:^' };
    manifest.peerDependencies['@tensorflow/tfjs-layers'] = '^4.22.0';
  });
  change('packages/train/package.json', (manifest) => {
    manifest.dependencies = { '@hcsc/losses': 'workspace:^' };
  });
  write('.gitignore', 'node_modules/\ndist/\n');
  return { root, write, edit, change, remove: () => rmSync(root, { recursive: true, force: true }) };
}
