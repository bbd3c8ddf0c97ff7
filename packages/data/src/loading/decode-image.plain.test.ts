import { join } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { folderOf, pattern, png } from '../sources/image-files.fixture.js';
import { decodeImage } from './decode-image.js';

const [height, width] = [5, 7];
const rgb = pattern(height * width * 3);

/** What a file decodes to. */
async function decoded(content: Buffer, channels: 1 | 3 = 3) {
  const folder = folderOf({ image: content });
  return decodeImage({ path: join(folder, 'image') }, channels);
}

test('a PNG gives back its bytes, a WebP without loss too', async () => {
  expect(await decoded(await png(rgb, height, width))).toEqual({ bytes: rgb, height, width });
  const webp = await sharp(rgb, { raw: { height, width, channels: 3 } })
    .webp({ lossless: true })
    .toBuffer();
  expect((await decoded(webp)).bytes).toEqual(rgb);
});

test('a JPEG is near to what it was made of', async () => {
  const smooth = Buffer.from(Array.from({ length: 16 * 16 * 3 }, (_, i) => 4 * (i % 48) + 20));
  const jpeg = await sharp(smooth, { raw: { height: 16, width: 16, channels: 3 } })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const { bytes } = await decoded(jpeg);
  expect(Math.max(...bytes.map((byte, i) => Math.abs(byte - smooth[i]!)))).toBeLessThan(6);
});

test('grey comes as RGB, and RGB as grey by PIL’s weights', async () => {
  const grey = pattern(height * width, 3);
  const file = await png(grey, height, width, 1);
  expect((await decoded(file, 1)).bytes).toEqual(new Uint8Array(grey));
  expect((await decoded(file, 3)).bytes).toEqual(Buffer.from([...grey].flatMap((byte) => [byte, byte, byte])));
  const weighed = Array.from({ length: height * width }, (_, i) =>
    Math.floor((19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) / 65536),
  );
  expect([...(await decoded(await png(rgb, height, width), 1)).bytes]).toEqual(weighed);
});

test('transparency is left out, colours stay', async () => {
  const rgba = Buffer.from(
    Array.from({ length: height * width }, (_, i) => [...rgb.subarray(3 * i, 3 * i + 3), i]).flat(),
  );
  expect((await decoded(await png(rgba, height, width, 4))).bytes).toEqual(rgb);
});

test('16 bits become 8', async () => {
  const data = Uint16Array.from(rgb, (byte) => byte * 257);
  const file = Buffer.from(encode({ width, height, channels: 3, depth: 16, data }));
  expect((await decoded(file)).bytes).toEqual(rgb);
});

test.each([
  [6, (y: number, x: number) => [height - 1 - x, y]],
  [3, (y: number, x: number) => [height - 1 - y, width - 1 - x]],
  [8, (y: number, x: number) => [x, width - 1 - y]],
] as const)('EXIF orientation %d is set right', async (orientation, origin) => {
  const file = await sharp(rgb, { raw: { height, width, channels: 3 } })
    .png()
    .withMetadata({ orientation })
    .toBuffer();
  const upright = await decoded(file);
  expect([upright.height, upright.width]).toEqual(orientation === 3 ? [height, width] : [width, height]);
  for (let y = 0; y < upright.height; y++) {
    for (let x = 0; x < upright.width; x++) {
      const [oy, ox] = origin(y, x);
      const at = 3 * (y * upright.width + x);
      expect([...upright.bytes.subarray(at, at + 3)]).toEqual([
        ...rgb.subarray(3 * (oy! * width + ox!)).subarray(0, 3),
      ]);
    }
  }
});

test('a part of a file is read as an image', async () => {
  const file = await png(rgb, height, width);
  const folder = folderOf({ shard: Buffer.concat([pattern(100), file, pattern(50)]) });
  const image = { path: join(folder, 'shard'), offset: 100, length: file.length };
  expect((await decodeImage(image, 3)).bytes).toEqual(rgb);
  expect((await decodeImage({ path: image.path, offset: 100 }, 3)).bytes).toEqual(rgb); // to the end of the file
  await expect(decodeImage({ ...image, length: 10_000 }, 3)).rejects.toThrow(
    /expected 10000 bytes at offset 100, found/,
  );
});

test('truncated, foreign, empty and missing files are errors', async () => {
  const noise = pattern(90 * 80 * 3);
  const jpeg = await sharp(noise, { raw: { height: 90, width: 80, channels: 3 } })
    .jpeg()
    .toBuffer();
  await expect(decoded(jpeg.subarray(0, jpeg.length / 2))).rejects.toThrow(/premature end/);
  const whole = await png(noise, 90, 80);
  await expect(decoded(whole.subarray(0, whole.length / 2))).rejects.toThrow();
  await expect(decoded(Buffer.from('no image at all'))).rejects.toThrow(/unsupported image format/);
  await expect(decoded(Buffer.alloc(0))).rejects.toThrow();
  await expect(decodeImage({ path: join(folderOf({}), 'gone.jpg') }, 3)).rejects.toThrow(/missing/);
});
