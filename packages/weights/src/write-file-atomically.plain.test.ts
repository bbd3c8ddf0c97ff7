import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folder, path } from './temporary-folder.fixture.js';
import { writeFileAtomically } from './write-file-atomically.js';

function* pieces() {
  yield 'one\n';
  yield Uint8Array.of(0xe2, 0x82, 0xac);
  yield '';
  yield 'é';
}

async function* later() {
  yield* pieces();
}

test.each<[string, Parameters<typeof writeFileAtomically>[1]]>([
  ['a text', 'one\n€é'],
  ['bytes', Buffer.from('one\n€é')],
  ['a list of pieces', [...pieces()]],
  ['pieces as they are made', pieces()],
  ['pieces that are waited for', later()],
])('%s is written', async (_, contents) => {
  await writeFileAtomically(path, contents);
  expect(await readFile(path, 'utf8')).toBe('one\n€é');
});

test('of pieces that end in an error nothing is written, and what was there stays', async () => {
  await writeFileAtomically(path, 'before');
  const broken = async function* () {
    yield 'half';
    throw new Error('no more');
  };
  await expect(writeFileAtomically(path, broken())).rejects.toThrow('no more');
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await readdir(folder)).toHaveLength(1);
});
