import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeProjectorEmbedding } from './projector-embedding.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-projector-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
const values = Float32Array.of(0.1, -2, 1e-20, 4, 1 / 3, 6);

test('points and what is known of them are tables, and numbers come back as they were', async () => {
  const metadata = { label: ['a\tb', 'c', 'd\ne'], prototype: [3, 1, 4] };
  await writeProjectorEmbedding(folder, 'epoch-1', { values, width: 2 }, { metadata });
  const rows = text('projector', 'epoch-1', 'tensors.tsv').trimEnd().split('\n');
  expect(rows).toHaveLength(3);
  expect(Float32Array.from(rows.flatMap((row) => row.split('\t').map(Number)))).toEqual(values);
  expect(rows[0]).toBe('0.100000001\t-2');
  expect(text('projector', 'epoch-1', 'metadata.tsv')).toBe('label\tprototype\na b\t3\nc\t1\nd e\t4\n');
});

test('one column has no title', async () => {
  await writeProjectorEmbedding(folder, 'p', { values, width: 3 }, { metadata: { label: ['a', 'b'] } });
  expect(text('projector', 'p', 'metadata.tsv')).toBe('a\nb\n');
});

test('the configuration names all embeddings, each with what it has now', async () => {
  await writeProjectorEmbedding(folder, 'b', { values, width: 3 }, { metadata: { label: ['a', 'b'] } });
  await writeProjectorEmbedding(folder, 'a', { values, width: 3 }, { metadata: { label: ['a', 'b'] } });
  await writeProjectorEmbedding(folder, 'a', { values, width: 2 });
  expect(text('projector_config.pbtxt')).toBe(`embeddings {
  tensor_name: "a"
  tensor_path: "projector/a/tensors.tsv"
}
embeddings {
  tensor_name: "b"
  tensor_path: "projector/b/tensors.tsv"
  metadata_path: "projector/b/metadata.tsv"
}
`);
  expect(readdirSync(folder).sort()).toEqual(['projector', 'projector_config.pbtxt']);
  expect(readdirSync(join(folder, 'projector', 'a'))).toEqual(['tensors.tsv']);
});

/** The beginning of a PNG of this size, in grey. */
function png(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(33);
  bytes.write('89504e470d0a1a0a0000000d49484452', 'hex');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

test('images of the points, of which the configuration says the size', async () => {
  const points = { values, width: 2 };
  await writeProjectorEmbedding(folder, 'p', points, { sprite: { png: png(20, 10), imageWidth: 5, imageHeight: 5 } });
  const sprite = { png: png(30, 13), imageWidth: 10, imageHeight: 12 };
  await writeProjectorEmbedding(folder, 'p', points, { sprite });
  expect(text('projector_config.pbtxt')).toBe(`embeddings {
  tensor_name: "p"
  tensor_path: "projector/p/tensors.tsv"
  sprite {
    image_path: "projector/p/sprite-10x12.png"
    single_image_dim: 10
    single_image_dim: 12
  }
}
`);
  expect(readdirSync(join(folder, 'projector', 'p'))).toEqual(['sprite-10x12.png', 'tensors.tsv']);
  expect(readFileSync(join(folder, 'projector', 'p', 'sprite-10x12.png'))).toEqual(sprite.png);
  const refused = (changes: object) =>
    writeProjectorEmbedding(folder, 'q', points, { sprite: { ...sprite, ...changes } });
  await expect(refused({ png: png(29, 13) })).rejects.toThrow(/3 points .* 10 × 12 pixels .* 29 × 13/);
  await expect(refused({ imageWidth: 0 })).rejects.toThrow(RangeError);
  await expect(refused({ png: Buffer.from('GIF89a') })).rejects.toThrow(TypeError);
  expect(readdirSync(join(folder, 'projector'))).toEqual(['p']);
});

test('what is no set of points is refused before anything is written', async () => {
  const points = { values, width: 2 };
  for (const name of ['', '../up', 'a/b', 'a:0', '.hidden', 'a"']) {
    await expect(writeProjectorEmbedding(folder, name, points)).rejects.toThrow(RangeError);
  }
  await expect(writeProjectorEmbedding(folder, 'p', { values, width: 4 })).rejects.toThrow(/6 values .* width 4/);
  await expect(writeProjectorEmbedding(folder, 'p', { values, width: 0 })).rejects.toThrow(RangeError);
  await expect(writeProjectorEmbedding(folder, 'p', { values: new Float32Array(0), width: 2 })).rejects.toThrow(
    RangeError,
  );
  const odd = Float32Array.of(1, 2, 3, Number.NaN);
  await expect(writeProjectorEmbedding(folder, 'p', { values: odd, width: 2 })).rejects.toThrow(/point 1 .* NaN/);
  await expect(writeProjectorEmbedding(folder, 'p', points, { metadata: { label: ['a'] } })).rejects.toThrow(
    /label has 1 entries for 3 points/,
  );
  expect(existsSync(join(folder, 'projector'))).toBe(false);
});
