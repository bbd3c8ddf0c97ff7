import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fashionMnistSample } from '@hcsc/data';
import { decode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hcsc } from './built-command.fixture.js';

const recipe = 'examples/tiny.fixture.ts';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-views-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The pixels of an enlarged image of 28 × 28, one of each square, after checking that squares are of one value. */
function imageAt(sheet: { width: number; data: ArrayLike<number> }, left: number, top: number): number[] {
  const pixels: number[] = [];
  for (let y = 0; y < 112; y++) {
    for (let x = 0; x < 112; x++) {
      const value = sheet.data[(top + y) * sheet.width + left + x]!;
      if (x % 4 === 0 && y % 4 === 0) pixels.push(value);
      else if (value !== pixels[Math.floor(y / 4) * 28 + Math.floor(x / 4)]) throw new Error(`odd pixel at ${x}, ${y}`);
    }
  }
  return pixels;
}

describe('a sheet of views', { timeout: 60_000 }, () => {
  test('has the images asked for, each with its views, and nothing is left beside it', async () => {
    const out = join(folder, 'sheet.png');
    writeFileSync(out, 'what was there before');
    const { code, out: said, err } = await hcsc('views', recipe, '--out', out, '--index', '17,3,17', '--seed', '4');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(said).toBe(
      `${out}: images 17, 3, 17 of Fashion-MNIST sample (train), 512 of 6000 images, each with 2 views drawn from seed 4, 384 × 368 pixels\n`,
    );
    expect(readdirSync(folder)).toEqual(['sheet.png']);
    const sheet = decode(readFileSync(out));
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([384, 368, 1]);
    const [original, first, second] = [8, 144, 264].map((left) =>
      [8, 128, 248].map((top) => imageAt(sheet, left, top)),
    ) as [number[][], number[][], number[][]];
    const source = await fashionMnistSample().train();
    const bytes = await Promise.all([17, 3, 17].map(async (index) => [...(await source.read([index]))]));
    expect(original).toEqual(bytes);
    expect(new Set([...first, ...second].map(String)).size).toBe(6);
  });

  test('is the same again, and other views of the same images from another seed', async () => {
    const sheet = async (name: string, ...more: string[]) => {
      const { code, err } = await hcsc('views', recipe, '--out', join(folder, name), '--images', '2', ...more);
      expect({ code, err }).toMatchObject({ code: 0 });
      return readFileSync(join(folder, name));
    };
    const [first, again, settled, other] = [
      await sheet('a.png'),
      await sheet('b.png', '--seed', '0'),
      await sheet('c.png', '--set', 'seed=9'),
      await sheet('d.png', '--seed', '9'),
    ];
    expect(again.equals(first)).toBe(true);
    expect(other.equals(settled)).toBe(true);
    const originals = (png: Buffer) => [8, 128].map((top) => imageAt(decode(png), 8, top));
    expect(originals(other)).toEqual(originals(first));
    expect(other.equals(first)).toBe(false);
  });
});

describe('what cannot be shown is said in one line, and no file is left', { timeout: 60_000 }, () => {
  test.each([
    [['--images', '0'], 'Cannot show 0 images of Fashion-MNIST sample (train), 512 of 6000 images: give 1 to 100'],
    [['--images', '101'], 'Cannot show 101 images'],
    [['--images', 'some'], 'give an integer of at least 0'],
    [
      ['--index', '3,512'],
      'Cannot show image 512 of Fashion-MNIST sample (train), 512 of 6000 images: it has images 0 to 511',
    ],
    [['--index', '3,,4'], 'give integers with commas between'],
    [['--index', '3', '--images', '2'], 'give --images or --index'],
    [['--seed', '-1'], 'give an integer of at least 0'],
    [['--set', 'sede=1'], 'Cannot set sede: the recipe has accumulate, batchSize'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await hcsc('views', recipe, '--out', join(folder, 'views.png'), ...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('nor is anything written where no PNG belongs', async () => {
    mkdirSync(join(folder, 'taken.png'));
    for (const [out, message] of [
      [join(folder, 'none', 'views.png'), `there is no folder ${join(folder, 'none')}, make it or give another --out`],
      [join(folder, 'taken.png'), 'it is a folder'],
      [join(folder, 'recipe.ts'), 'give --out a name that ends in .png'],
    ] as const) {
      const { code, err } = await hcsc('views', recipe, '--out', out);
      expect(code).toBe(1);
      expect(err).toContain(`${out}`);
      expect(err).toContain(message);
    }
    expect(readdirSync(folder)).toEqual(['taken.png']);
  });

  test('nor without a recipe', async () => {
    const { code, err } = await hcsc('views', 'nowhere.ts', '--out', join(folder, 'views.png'));
    expect([code, err]).toEqual([1, 'hcsc: No recipe at nowhere.ts\n']);
    expect(readdirSync(folder)).toEqual([]);
  });
});
