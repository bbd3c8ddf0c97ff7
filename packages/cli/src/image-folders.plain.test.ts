import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hcsc } from './built-command.fixture.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-folders-'));
  process.env.HCSC_TEST_IMAGES = folder;
});
afterAll(() => {
  delete process.env.HCSC_TEST_IMAGES;
  rmSync(folder, { recursive: true });
});

function write(name: string, content: Uint8Array): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

/** A picture that grows lighter to the right or downwards, with a square, of a size of its own. */
function square(i: number): Uint8Array {
  const [width, height] = [28 + (i % 5), 30 + (i % 7)];
  const data = Uint8Array.from({ length: width * height }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    const inside = Math.abs(x - 10 - (i % 9)) < 5 && Math.abs(y - 12 - (i % 6)) < 5;
    return 6 * (i % 2 ? x : y) + (inside ? 40 : 0) + ((at * 7 + i) % 20);
  });
  return encode({ width, height, channels: 1, data });
}

test('a recipe trains on a folder without labels, is scored on labelled ones, and says what it could not read', {
  timeout: 300_000,
}, async () => {
  for (let i = 0; i < 66; i++) write(`unlabelled/${i}.png`, square(i));
  write('unlabelled/broken.png', square(3).subarray(0, 60));
  write('unlabelled/empty.jpg', new Uint8Array());
  for (let i = 0; i < 40; i++) write(`train/${i % 2 ? 'across' : 'down'}/${i}.png`, square(i));
  for (let i = 100; i < 120; i++) write(`test/${i % 2 ? 'across' : 'down'}/${i}.png`, square(i));
  write('test/down/none.png', new Uint8Array());

  const run = join(folder, 'run');
  const command = ['pretrain', 'examples/folder.fixture.ts', '--run', run, '--workers', '1'];
  const { code, out, err } = await hcsc(...command);
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain('2 of 68 images of unlabelled could not be read');
  expect(err).toContain('1 of 21 images of test could not be read');
  expect(err).toContain(`All are listed in ${run}/unreadable.txt`);
  const listed = readFileSync(join(run, 'unreadable.txt'), 'utf8').trim().split('\n');
  expect(listed.map((line) => line.split(': ')[0])).toEqual(
    ['unlabelled/broken.png', 'unlabelled/empty.jpg', 'test/down/none.png'].map((name) => join(folder, name)),
  );
  for (const line of listed) expect(err).toContain(`  ${line}`);
  expect(JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'))).toMatchObject({ viewsOn: 'workers' });
  const summary = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));
  expect(summary.knn.pixels).toBe(1); // the two are far apart
  expect(out).toContain('folder, trained');

  const again = await hcsc('eval', 'knn', run);
  expect(again.out).toContain(`knn: top-1 ${(100 * summary.knn.trained).toFixed(1)} %`);

  expect(again.err).toContain('1 of 21 images of test could not be read');

  const sheet = join(folder, 'views.png');
  const broken = ['views', 'examples/folder.fixture.ts', '--out', sheet, '--index'];
  const some = await hcsc(...broken, '66,5'); // names are sorted: 0.png to 65.png, broken.png, empty.jpg
  expect(some.err).toContain('Not shown, since it cannot be read');
  expect(some.out).toContain('image 5 of unlabelled');
  const none = await hcsc(...broken, '66,67');
  expect(none.code).toBe(1);
  expect(none.err).toContain('Cannot show images 66, 67 of unlabelled: none can be read');

  const bad = await hcsc(...command.slice(0, -1), '0');
  expect(bad.code).toBe(1);
  expect(bad.err).toContain('give a whole number of at least 1');
});
