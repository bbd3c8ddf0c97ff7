// Blocks of READMEs are found, compiled, run, and compared with what they say they print.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fencedBlocks, programsOf } from './blocks.mjs';
import { checkReadmes } from './check-readmes.mjs';

const project = fileURLToPath(new URL('../..', import.meta.url));
const readme = 'packages/part/README.md';
let root;

const write = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const block = (language, ...lines) => ['```'.concat(language), ...lines, '```', ''].join('\n');
const install = block('sh', 'pnpm add @hcsc/part @tensorflow/tfjs-core');
const program = (...lines) => block('ts', "import { part } from '@hcsc/part';", ...lines);
const problemsOf = async (...blocks) => {
  write(readme, [install, ...blocks].join('\n'));
  return (await checkReadmes(root, [readme])).problems;
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hcsc-readmes-test-'));
  write('package.json', '{}');
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'), 'dir');
  const exports = { types: './dist/index.d.ts', default: './dist/index.js' };
  write('packages/part/package.json', JSON.stringify({ name: '@hcsc/part', type: 'module', exports }));
  write('packages/part/dist/index.js', 'export const part = (n) => n + 1;\n');
  write('packages/part/dist/index.d.ts', 'export declare const part: (n: number) => number;\n');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('blocks', () => {
  it('are found with their lines, whatever is in them', () => {
    const text = ['# A', '', '````md', '```ts', 'no();', '```', '````', '', '~~~ts', 'yes();', '~~~'].join('\n');
    assert.deepEqual(
      fencedBlocks(text).map(({ language, code, line }) => [language, code, line]),
      [
        ['md', '```ts\nno();\n```\n', 4],
        ['ts', 'yes();\n', 10],
      ],
    );
  });

  it('print what the text block right after them says', () => {
    write(
      readme,
      [block('ts', 'a();'), block('text', 'A'), block('ts', 'b();'), 'Then:', block('text', 'B')].join('\n'),
    );
    assert.deepEqual(
      programsOf(root, readme).map(({ code, prints }) => [code, prints]),
      [
        ['a();\n', 'A\n'],
        ['b();\n', undefined],
      ],
    );
  });

  it('are run by vitest if they are tests', () => {
    const setUp = "import { installMatchers } from '@hcsc/testing';\ninstallMatchers();";
    write(
      readme,
      [
        block('ts', setUp),
        block('ts', "import { it } from 'vitest';\nit('a', () => {});"),
        block('ts', "import { testLoss } from '@hcsc/testing';\ntestLoss('a', a);"),
        block('ts', "import { loadGolden } from '@hcsc/testing';\nloadGolden('a');"),
      ].join('\n'),
    );
    assert.deepEqual(
      programsOf(root, readme).map(({ how }) => how),
      ['setup', 'vitest', 'vitest', 'node'],
    );
  });
});

describe('a README', () => {
  it('fails where a block does not compile, the types of a package do not, or something is imported that is not there', async () => {
    write('packages/part/dist/index.d.ts', 'export declare const part: (n: number, more?: Missing) => number;\n');
    const imports =
      "import { tidy } from '@tensorflow/tfjs-layers';\nimport { own } from './own.js';\nimport 'node:fs';";
    const problems = await problemsOf(program('', "part('one');"), block('ts', imports));
    for (const problem of [
      `${readme}:8: Argument of type 'string' is not assignable to parameter of type 'number'.`,
      "packages/part/dist/index.d.ts:1: Cannot find name 'Missing'.",
      `${readme}:12: imports @tensorflow/tfjs-layers, which Install does not install`,
      `${readme}:12: imports ./own.js; a block stands alone`,
    ]) {
      assert.ok(problems.includes(problem), `${problem}\nis not among\n${problems.join('\n')}`);
    }
  });

  it('fails where a block throws, and where it prints something else, unless that is written into it', async () => {
    const blocks = [
      program('console.log(part(1));', 'console.log(part(2));'),
      block('text', '2', '4'),
      program("throw new RangeError('no part ' + part(1));"),
      program('console.log(part(1));'),
      block('text', '2'),
    ];
    const problems = await problemsOf(...blocks);
    assert.deepEqual(problems.slice(0, 6), [
      `${readme}:6: prints something else than the README says`,
      '  - 2',
      '  - 4',
      '  + 2',
      '  + 3',
      `${readme}:17: fails`,
    ]);
    assert.ok(problems.slice(6).some((line) => line.includes('RangeError: no part 2')));
    assert.ok(problems.slice(6).every((line) => line.startsWith('  ')));

    write(readme, [install, ...blocks.slice(0, 2)].join('\n'));
    assert.deepEqual((await checkReadmes(root, [readme], { update: true })).problems, []);
    assert.match(readFileSync(join(root, readme), 'utf8'), /```text\n2\n3\n```\n$/);
    assert.deepEqual((await checkReadmes(root, [readme])).problems, []);
  });

  it('fails where one of its tests fails', async () => {
    const test = (value) =>
      block(
        'ts',
        "import { expect, it } from 'vitest';",
        "import { part } from '@hcsc/part';",
        `it('adds', () => expect(part(1)).toBe(${value}));`,
      );
    const problems = await problemsOf(block('sh', 'pnpm add -D vitest'), test(2), test(3));
    assert.equal(problems[0], `${readme}: its tests fail`);
    assert.match(problems.join('\n'), /expected 2 to be 3/);
    assert.match(problems.join('\n'), /1 failed \| 1 passed/);
  });
});
