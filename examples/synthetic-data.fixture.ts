import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRng } from '@hcsc/random';
import sharp from 'sharp';

const bytesOf = (rng: ReturnType<typeof createRng>, length: number) =>
  Uint8Array.from({ length }, () => rng.integer(256));

function write(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

/** Files as CIFAR-10's, with so many images each: a byte of label, then the planes of noise. */
export function writeCifar10(folder: string, images: number): void {
  for (const [f, name] of [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}`), 'test_batch'].entries()) {
    const records = bytesOf(createRng(f), images * 3073);
    for (let i = 0; i < images; i++) records[i * 3073] = i % 10;
    write(join(folder, 'cifar-10-batches-bin', `${name}.bin`), records);
  }
}

/** Files as STL-10's, with so many images each: planes of noise; labels from 1 on in files of their own. */
export function writeStl10(folder: string, images: number): void {
  for (const [f, name] of ['unlabeled', 'train', 'test'].entries()) {
    write(join(folder, 'stl10_binary', `${name}_X.bin`), bytesOf(createRng(f), images * 3 * 96 * 96));
    if (name === 'unlabeled') continue;
    write(
      join(folder, 'stl10_binary', `${name}_y.bin`),
      Uint8Array.from({ length: images }, (_, i) => 1 + (i % 10)),
    );
  }
}

/** Folders as ImageNet's, of two classes with so many images each: JPEGs and PNGs, each of another size. */
export async function writeImagenet(folder: string, images: number): Promise<void> {
  for (const [s, split] of ['train', 'val'].entries()) {
    for (const [c, label] of ['n01440764', 'n01443537'].entries()) {
      for (let i = 0; i < images; i++) {
        const [width, height] = [180 + 23 * i, 260 - 17 * i];
        const noise = bytesOf(createRng(100 * s + 10 * c + i), width * height * 3);
        const image = sharp(noise, { raw: { width, height, channels: 3 } });
        const bytes = i % 3 === 2 ? await image.png().toBuffer() : await image.jpeg().toBuffer();
        write(join(folder, 'imagenet', split, label, `${i}.${i % 3 === 2 ? 'png' : 'JPEG'}`), bytes);
      }
    }
  }
}
