import { imageWorkers } from '../loading/image-workers.js';
import type { HostStep, Size } from '../transforms/host-step.js';
import { DataFileError } from './data-file-error.js';
import type { EncodedImages } from './encoded-images.js';
import { assertIndices, type ImageSource, type UnreadableImage } from './image-source.js';
import { readOriginals } from './read-originals.js';

/** How images of different sizes are read. */
export interface DecodingOptions {
  /** `[height, width]` that `read` gives, or one number for both. Default 224. */
  size?: number | Size;
  /** The shorter side before the centre is cut out. Default: 256 / 224 of the larger of `size`. */
  resize?: number;
  /** 3: RGB, whatever the files hold; 1: grey. Default 3. */
  channels?: 1 | 3;
  /**
   * What to do about an image that cannot be read: an error (`'throw'`, default), or `'skip'` it: the next image of its
   * class takes its place, and it is listed in `unreadable`.
   */
  onUnreadable?: 'throw' | 'skip';
  /** Threads that decode. Default: as many as the machine has processors. */
  workers?: number;
}

/** A source of images that are decoded when they are read. */
export interface EncodedSource extends ImageSource {
  readonly unreadable: readonly UnreadableImage[];
}

/**
 * Makes a source of encoded images: `read` gives them resized and cropped to one size, as at evaluation.
 *
 * @throws RangeError for options out of range.
 */
export function encodedSource(
  images: EncodedImages,
  { size = 224, resize, channels = 3, onUnreadable = 'throw', workers }: DecodingOptions = {},
): EncodedSource {
  const target: Size = typeof size === 'number' ? [size, size] : [size[0], size[1]];
  const larger = Math.max(...target);
  const shorter = resize ?? Math.round((larger * 256) / 224);
  if (!target.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RangeError(`Cannot read images of size [${target}]: give [height, width], integers of at least 1`);
  }
  if (!Number.isInteger(shorter) || shorter < larger) {
    throw new RangeError(
      `Cannot cut ${target[0]} x ${target[1]} out of images resized to ${shorter}: give an integer of at least ${larger} as resize`,
    );
  }
  if (channels !== 1 && channels !== 3) throw new RangeError(`Cannot decode to ${channels} channels: give 1 or 3`);
  const shape = [...target, channels] as const;
  const steps: HostStep[] = [
    { step: 'resize', size: shorter, antialias: true, interpolation: 'bilinear' },
    { step: 'centerCrop', size: target },
  ];
  if (onUnreadable !== 'throw' && onUnreadable !== 'skip') {
    throw new RangeError(`Cannot decode with onUnreadable '${onUnreadable}': give 'throw' or 'skip'`);
  }
  imageWorkers(workers); // refuses now what is no number of them
  const left = new Map<number, UnreadableImage>();
  const originals = {
    images,
    channels,
    steps,
    workers,
    unreadable(image: UnreadableImage) {
      if (onUnreadable === 'throw') {
        const expected = "an image (or onUnreadable: 'skip')";
        throw new DataFileError({ file: image.name, offset: 0, expected, found: image.reason });
      }
      left.set(image.index, image);
    },
    isUnreadable: (index: number) => left.has(index),
  };
  return Object.freeze<EncodedSource>({
    name: images.name,
    length: images.length,
    shape,
    classes: images.classes,
    labels: images.labels,
    async read(indices) {
      assertIndices(images.name, images.length, indices);
      return readOriginals(originals, indices);
    },
    originals,
    get unreadable() {
      return [...left.values()].sort((a, b) => a.index - b.index);
    },
  });
}
