import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { createRng } from '@hcsc/random';
import { peersFolder } from './python-peers.js';

/** Which features are mined for pairs, and how. */
export interface Mining {
  readonly id: string;
  readonly images: number;
  readonly width: number;
  /** Images are spread over so many means. */
  readonly components: number;
  /** Added to all numbers before the negative ones become 0: the larger, the more alike are all images. */
  readonly offset: number;
  /** Between which deviations from their mean the images of a component have theirs. */
  readonly noise: readonly [number, number];
  readonly lower: number;
  readonly upper: number;
  /** Ours finds so many pairs instead of those from `lower` on. */
  readonly closest?: number;
  readonly blockSize: number;
  readonly rounds: number;
  readonly peers: boolean;
  /** Times the fastest peer. */
  readonly target: number | null;
  /** The most MiB that the whole process may have resident. */
  readonly memory?: number;
}

const a = {
  images: 20_000,
  width: 512,
  components: 500,
  offset: 0,
  noise: [0.07, 0.37],
  lower: 0.97,
  upper: 0.99,
  blockSize: 1024,
} as const;

export const minings: readonly Mining[] = [
  { ...a, id: 'a', rounds: 5, peers: true, target: 1 },
  { ...a, id: 'dense', components: 100, offset: 3, noise: [0.3, 0.55], rounds: 5, peers: true, target: null },
  { ...a, id: 'closest', closest: 10_000, rounds: 5, peers: false, target: null },
  { ...a, id: 'large', images: 200_000, components: 5000, rounds: 1, peers: false, target: null, memory: 2048 },
];

/** The same with few images, to see that it runs. */
export function cutDown(full: Mining): Mining {
  const images = full.images / 10;
  return { ...full, images, components: Math.ceil(full.components / 10), rounds: Math.min(full.rounds, 2) };
}

/** A file of features for a mining, unit rows of float32; made if it is not there. */
export function featuresFile({ images, width, components, offset, noise: [least, most] }: Mining): string {
  const folder = `${peersFolder}/points`;
  const path = `${folder}/pairs-${images}x${width}-${components}-${offset}.f32`;
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const rng = createRng(0);
  const means = Float32Array.from({ length: components * width }, () => offset + rng.normal());
  const deviations = Float32Array.from({ length: components }, () => least + (most - least) * rng.uniform());
  const file = openSync(`${path}.part`, 'w');
  const row = new Float32Array(width);
  const block = new Float32Array(1000 * width);
  for (let start = 0; start < images; start += 1000) {
    const rows = Math.min(1000, images - start);
    for (let i = 0; i < rows; i++) {
      const component = rng.integer(components);
      for (let d = 0; d < width; d++) {
        row[d] = Math.max(0, means[component * width + d]! + deviations[component]! * rng.normal());
      }
      const length = Math.hypot(...row);
      for (let d = 0; d < width; d++) block[i * width + d] = row[d]! / length;
    }
    writeSync(file, block.subarray(0, rows * width));
  }
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}
