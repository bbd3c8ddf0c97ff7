import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { peersFolder, pythonPeer } from './python-peers.js';

/** What loaders are measured on. */
export interface DataSetToLoad {
  readonly id: string;
  readonly name: string;
  /** Of the views, in pixels. */
  readonly size: number;
  readonly batch: number;
  /** How many images of noise there are in memory, or the folder of the photos. */
  readonly images: number | string;
  readonly blur: boolean;
  /** Times torchvision. */
  readonly target: number;
}

/** The photos that scikit-learn and scikit-image bring along, as JPEGs of 500 x 375 pixels and less. */
const photoFolder = `${peersFolder}/photos`;

export const dataSets: readonly DataSetToLoad[] = [
  { id: 'a', name: '32 x 32 x 3 from memory', size: 32, batch: 256, images: 10_000, blur: false, target: 5 },
  { id: 'b', name: 'JPEG photos to 224 x 224', size: 224, batch: 64, images: photoFolder, blur: true, target: 1.5 },
];

/** Writes the photos, unless they are there; what went wrong, or null. */
export function makePhotos(): string | null {
  if (existsSync(`${photoFolder}/done`)) return null;
  const { command, args } = pythonPeer('debian', 'photos.py', [photoFolder], 1);
  const { status, stderr, error } = spawnSync(command, [...args], { encoding: 'utf8' });
  return status === 0 ? null : (error?.message ?? stderr.trim().split('\n').at(-1) ?? `${command} failed`);
}
