import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

/** Bytes that differ from place to place, and from seed to seed. */
export const pattern = (length: number, seed = 1): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => Math.imul(i + 1, seed * 0x9e3779b1) >>> 24));

/** A PNG of the bytes `[height, width, channels]`. */
export const png = (bytes: Buffer, height: number, width: number, channels: 1 | 2 | 3 | 4 = 3): Promise<Buffer> =>
  sharp(bytes, { raw: { height, width, channels } }).png().toBuffer();

/** A folder with these files, gone after the test. */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
