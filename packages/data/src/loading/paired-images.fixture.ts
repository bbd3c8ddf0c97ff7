import { createRng, restoreRng } from '@hcsc/random';
import { applyStep } from '../host/apply-step.js';
import { canvas } from '../host/canvas.js';
import {
  colorJitter,
  gaussianBlur,
  memorySource,
  pairedSource,
  randomResizedCrop,
  type ViewPlan,
  view,
  views,
} from '../index.js';
import { pattern } from '../sources/image-files.fixture.js';
import { splitPlan } from '../views/split-plan.js';

export const N = 11;
export const [H, W] = [9, 7];
export const bytes = pattern(N * H * W * 3);
export const source = memorySource(bytes, [H, W, 3], {
  labels: Array.from({ length: N }, (_, i) => i % 3),
  name: 'eleven',
});
export const PAIRS = [3, 1, 0, 4, 1, 2, 10, 9, 4, 0, 7, 8, 2, 10];
export const ITEMS = N + PAIRS.length / 2;
export const paired = pairedSource(source, PAIRS);
export const membersOf = (item: number): readonly [number, number] =>
  item < N ? [item, item] : [PAIRS[2 * (item - N)]!, PAIRS[2 * (item - N) + 1]!];
export const orderOf = (seed: number, epoch: number) => [
  ...createRng(seed).fork(`order of epoch ${epoch}`).permutation(ITEMS),
];

/** Three views: the second is not the last. */
export const plan = views(
  view(randomResizedCrop(6, { scale: [0.3, 1], flip: 0.5 }), colorJitter({ brightness: 0.4, hue: 0.1, p: 0.8 })),
  view(randomResizedCrop([4, 5]), gaussianBlur({ sigma: [0.1, 1], p: 0.5 })),
  view(randomResizedCrop(3)),
);

/** An image of its own, `[height, width, 3]`. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly height: number;
  readonly width: number;
}

export const pictureOf = (image: number): Picture => ({
  bytes: bytes.subarray(image * H * W * 3, (image + 1) * H * W * 3),
  height: H,
  width: W,
});

/** One view after the other, each on its own: the second of the second picture, all others of the first. */
export function viewsByHand(
  of: ViewPlan,
  pictures: readonly [Picture, Picture],
  seed: number,
  epoch: number,
  at: number,
) {
  const working = canvas();
  const streams = restoreRng(createRng(seed).fork(`views of epoch ${epoch}`).state());
  return splitPlan(of).host.map((steps, view) => {
    const picture = pictures[view === 1 ? 1 : 0];
    working.load(picture.bytes, picture.height, picture.width, 3);
    const rng = streams.fork(`${at} ${view}`);
    for (const step of steps) applyStep(working, step, rng);
    const values = new Float32Array(working.height * working.width * 3);
    working.write(values, 0);
    return [...values];
  });
}
