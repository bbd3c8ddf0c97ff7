/**
 * Makes the Fashion-MNIST sample under `assets/`: 600 training and 200 test images of each class.
 *
 *     node packages/data/scripts/make-sample.mjs [--from <folder>] [--check]
 *
 * Reads the four IDX files of the full set (Debian and Ubuntu: package `dataset-fashion-mnist`). An image is taken if
 * the SHA-256 of "fashion-mnist/<split>/<index>" is among the smallest of its class, so that the selection needs no
 * random generator; images stay in the order of the full set. `--check` writes nothing and compares the selection
 * with the shipped files once both are decompressed (another zlib may compress the same bytes differently).
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';

const CLASSES = 10;
const IMAGE_BYTES = 28 * 28;
const SPLITS = [
  { name: 'train', perClass: 600 },
  { name: 't10k', perClass: 200 },
];

const { values: options } = parseArgs({
  options: {
    from: { type: 'string', default: '/usr/share/datasets/fashion-mnist' },
    check: { type: 'boolean', default: false },
  },
});
const assets = fileURLToPath(new URL('../assets/', import.meta.url));
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/** The body of an IDX file, after its magic number and length were compared with what the full set has. */
function readIdx(file, magic, headerBytes) {
  const bytes = gunzipSync(readFileSync(join(options.from, file)));
  if (bytes.readUInt32BE(0) !== magic)
    throw new Error(`${file}: magic number ${bytes.readUInt32BE(0)}, expected ${magic}`);
  const itemBytes = magic === 0x803 ? IMAGE_BYTES : 1;
  const expected = headerBytes + bytes.readUInt32BE(4) * itemBytes;
  if (bytes.length !== expected) throw new Error(`${file}: ${bytes.length} bytes, expected ${expected}`);
  return bytes.subarray(headerBytes);
}

function select(split, labels, perClass) {
  const chosen = [];
  for (let label = 0; label < CLASSES; label++) {
    const ranked = [...labels.keys()]
      .filter((index) => labels[index] === label)
      .map((index) => ({ index, rank: sha256(`fashion-mnist/${split}/${index}`) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1));
    chosen.push(...ranked.slice(0, perClass).map(({ index }) => index));
  }
  return chosen.sort((a, b) => a - b);
}

function idx(magic, sizes, body) {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  [magic, ...sizes].forEach((value, i) => {
    header.writeUInt32BE(value, 4 * i);
  });
  return Buffer.concat([header, body]);
}

/** gzip with the one machine-dependent header byte (the operating system) set to "unknown". */
function gzip(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255;
  return packed;
}

const files = [];
for (const { name, perClass } of SPLITS) {
  const images = readIdx(`${name}-images-idx3-ubyte.gz`, 0x803, 16);
  const labels = readIdx(`${name}-labels-idx1-ubyte.gz`, 0x801, 8);
  const chosen = select(name, labels, perClass);
  const pixels = Buffer.concat(chosen.map((i) => images.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES)));
  files.push([`${name}-images-idx3-ubyte.gz`, idx(0x803, [chosen.length, 28, 28], pixels)]);
  files.push([`${name}-labels-idx1-ubyte.gz`, idx(0x801, [chosen.length], Buffer.from(chosen.map((i) => labels[i])))]);
}

if (options.check) {
  for (const [file, bytes] of files) {
    const same = gunzipSync(readFileSync(join(assets, file))).equals(bytes);
    console.log(`${file}: ${same ? 'as shipped' : 'DIFFERS from the shipped file'}`);
    if (!same) process.exitCode = 1;
  }
} else {
  const sums = files.map(([file, bytes]) => {
    const packed = gzip(bytes);
    writeFileSync(join(assets, file), packed);
    return `${sha256(packed)}  ${file}\n`;
  });
  writeFileSync(join(assets, 'SHA256SUMS'), sums.join(''));
  console.log(sums.join('').trimEnd());
}
