import type { Pass } from './passes.js';
import { countOf, type Rows } from './slow-lloyd.fixture.js';

/** What the moves of centroids are made of. */
export interface Scene {
  readonly points: Rows;
  readonly centroids: Float32Array;
  readonly pass: Pass;
  /** Draws a whole number below `below`. */
  readonly pick: (below: number) => number;
  readonly draw: () => number;
}

function setRow({ points: { width } }: Scene, to: Float32Array, row: number, from: Float32Array, source: number): void {
  to.set(from.slice(source * width, (source + 1) * width), row * width);
}

/**
 * Ways in which centroids come from one pass to the next: what a search that remembers must not be misled by. Each
 * changes a copy.
 */
export const moves: Readonly<Record<string, (scene: Scene, to: Float32Array) => void>> = {
  means({ points: { width }, pass }, to) {
    pass.sums.forEach((sum, at) => {
      const mass = pass.masses[Math.floor(at / width)]!;
      if (mass > 0) to[at] = sum / mass;
    });
  },
  stay() {},
  creep({ draw }, to) {
    for (let at = 0; at < to.length; at++) to[at]! *= 1 + 1e-5 * draw();
  },
  jitter({ draw }, to) {
    for (let at = 0; at < to.length; at++) to[at]! += 0.02 * draw();
  },
  // Each always the same way, every sixth one faster: only many small steps together bring another centroid near.
  wander({ points: { width } }, to) {
    for (let at = 0; at < to.length; at++) {
      to[at]! += (Math.floor(at / width) % 6 === 0 ? 0.15 : 0.03) * Math.sin(12.9898 * at);
    }
  },
  drift({ draw, points: { width } }, to) {
    const by = Array.from({ length: width }, () => draw());
    for (let at = 0; at < to.length; at++) to[at]! += by[at % width]!;
  },
  far(scene, to) {
    const row = scene.pick(scene.pass.masses.length) * scene.points.width;
    for (let j = 0; j < scene.points.width; j++) to[row + j] = 300 * scene.draw();
  },
  ontoPoint(scene, to) {
    const k = scene.pass.masses.length;
    for (let i = 0; i < 1 + k / 8; i++)
      setRow(scene, to, scene.pick(k), scene.points.values, scene.pick(countOf(scene.points)));
  },
  twins(scene, to) {
    const k = scene.pass.masses.length;
    for (let i = 0; i < 1 + k / 4; i++) setRow(scene, to, scene.pick(k), to, scene.pick(k));
  },
  halve(scene, to) {
    const k = scene.pass.masses.length;
    const [empty, donor] = [scene.pick(k), scene.pick(k)];
    setRow(scene, to, empty, to, donor);
    for (let j = 0; j < scene.points.width; j++) {
      to[empty * scene.points.width + j]! *= j % 2 ? 1 - 1 / 1024 : 1 + 1 / 1024;
      to[donor * scene.points.width + j]! *= j % 2 ? 1 + 1 / 1024 : 1 - 1 / 1024;
    }
  },
  turn(scene, to) {
    const k = scene.pass.masses.length;
    for (let row = 0; row < k; row++) setRow(scene, to, row, scene.centroids, (row + 1) % k);
  },
  afresh(scene, to) {
    const n = countOf(scene.points);
    for (let row = 0; row < scene.pass.masses.length; row++) setRow(scene, to, row, scene.points.values, scene.pick(n));
  },
  allOne(scene, to) {
    for (let row = 1; row < scene.pass.masses.length; row++) setRow(scene, to, row, to, 0);
  },
};
