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
