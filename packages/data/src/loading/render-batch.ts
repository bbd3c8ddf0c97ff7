import type { RngState } from '@hcsc/random';
import type { Originals } from '../sources/image-source.js';
import type { HostStep, Size } from '../transforms/host-step.js';
import type { ImageWorkers } from './image-workers.js';
import type { FileImages, ImagePart, PixelImages, RenderTask } from './render-task.js';

/** What is to be made of a batch. */
export interface BatchToRender {
  /** The images themselves, or where they are and which of them. */
  readonly from: PixelImages | { readonly originals: Originals; readonly indices: ArrayLike<number> };
  /** Each image's place in the order of the epoch. */
  readonly positions: Int32Array;
  /** What is made of each image, where that is not all views of a row of its own. */
  readonly parts?: readonly ImagePart[];
  /** How many there are in each view. Default: as many as images. */
  readonly rows?: number;
  readonly rng: RngState;
  readonly views: readonly { readonly steps: readonly HostStep[]; readonly size: Size }[];
  readonly format: RenderTask['format'];
  /** One view after the other, each `[rows, height, width, channels]`. */
  readonly output: SharedArrayBuffer;
}

/** A worker is given no more images at a time, so that all end at about the same time. */
const LARGEST_TASK = 16;

/**
 * Has workers render a batch into `output`.
 *
 * An image that cannot be read is shown to `originals.unreadable`; if that does not throw, the next image of the same
 * class takes its place, so that labels stay right and the batch is the same however many workers there are.
 */
export async function renderBatch(workers: ImageWorkers, batch: BatchToRender): Promise<void> {
  const n = batch.positions.length;
  const step = Math.min(LARGEST_TASK, Math.max(1, Math.ceil(n / (2 * workers.count))));
  const starts = Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
  await Promise.all(starts.map((start) => renderPart(workers, batch, start, Math.min(n, start + step))));
}

async function renderPart(workers: ImageWorkers, batch: BatchToRender, start: number, end: number): Promise<void> {
  const { from } = batch;
  if (!('originals' in from)) {
    const [height, width, channels] = from.shape;
    const offset = from.offset + start * height * width * channels;
    const failures = await workers.render(taskOf(batch, { ...from, offset }, channels, start, end));
    if (failures[0]) throw new RangeError(`Cannot make the views of a batch: ${failures[0].reason}`);
    return;
  }
  const { originals, indices } = from;
  const filesOf = (chosen: readonly number[]): FileImages => ({
    files: chosen.map((index) => originals.images.at(index)),
    channels: originals.channels,
  });
  const asked = Array.from({ length: end - start }, (_, i) => indices[start + i]!);
  const failures = await workers.render(taskOf(batch, filesOf(asked), originals.channels, start, end));
  for (const failure of failures) {
    let index = asked[failure.at]!;
    let reason: string | undefined = failure.reason;
    const at = start + failure.at;
    while (reason !== undefined) {
      originals.unreadable({ index, name: originals.images.nameOf(index), reason });
      index = nextOfClass(originals, index, asked[failure.at]!, reason);
      const again = await workers.render(taskOf(batch, filesOf([index]), originals.channels, at, at + 1));
      reason = again[0]?.reason;
    }
  }
}

function taskOf(
  { positions, parts, rows = positions.length, rng, views, format, output }: BatchToRender,
  images: RenderTask['images'],
  channels: number,
  start: number,
  end: number,
): RenderTask {
  let before = 0;
  const rendered = views.map(({ steps, size }) => {
    const elements = size[0] * size[1] * channels;
    const offset = before + (parts ? 0 : start * elements);
    before += rows * elements;
    return { steps, size, offset };
  });
  return {
    images,
    positions: [...positions.subarray(start, end)],
    parts: parts?.slice(start, end),
    rng,
    views: rendered,
    format,
    output,
  };
}

/** The image after `index` that is of its class and not known to be unreadable; after the last comes the first. */
function nextOfClass(originals: Originals, index: number, first: number, reason: string): number {
  const { labels, length, classes, name } = originals.images;
  for (let next = (index + 1) % length; next !== first; next = (next + 1) % length) {
    if ((!labels || labels[next] === labels[first]) && !originals.isUnreadable?.(next)) return next;
  }
  const which = labels ? `class ${classes?.[labels[first]!] ?? labels[first]} of ` : '';
  throw new Error(`Cannot read any image of ${which}${name}: ${reason.trim()} (${originals.images.nameOf(index)})`);
}
