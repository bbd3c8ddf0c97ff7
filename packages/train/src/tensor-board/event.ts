import type { Histogram } from './histogram-buckets.js';
import type { PngHeader } from './png-header.js';
import { bytesField, doubleField, float32Bytes, float64Bytes, floatField, integerField, message } from './protobuf.js';

/**
 * How values are written: `'tensors'` as TensorFlow 2 does, `'classic'` as TensorFlow 1 and PyTorch do. TensorBoard shows both alike;
 * `EventAccumulator`, which scripts read event files with, has the first under `Tensors` and the second under `Scalars`, `Histograms` and `Images`.
 */
export type ValueStyle = 'tensors' | 'classic';

// Field numbers are those of tensorflow/core/util/event.proto and tensorflow/core/framework/{summary,tensor,tensor_shape}.proto.
const DT_FLOAT = 1;
const DT_DOUBLE = 2;
const DT_STRING = 7;
const SESSION_START = 1;

const when = (seconds: number, step: number): Uint8Array =>
  message(doubleField(1, seconds), ...(step === 0 ? [] : [integerField(2, step)]));

/** The event that each file begins with: the version of the format. */
export function versionEvent(seconds: number): Uint8Array {
  return message(when(seconds, 0), bytesField(3, 'brain.Event:2'));
}

/** Says that a sitting begins at a step: what earlier files have of this step and later ones is void. */
export function sessionStartEvent(seconds: number, step: number): Uint8Array {
  return message(when(seconds, step), bytesField(7, integerField(1, SESSION_START)));
}

/** An event of values (see {@link scalarValue}, {@link histogramValue}, {@link imageValue}) at a step. */
export function summaryEvent(seconds: number, step: number, values: readonly Uint8Array[]): Uint8Array {
  return message(when(seconds, step), bytesField(5, message(...values.map((value) => bytesField(1, value)))));
}

/** A tensor's value with the name of the plugin that shows it. */
function tensorValue(
  tag: string,
  plugin: string,
  dtype: number,
  shape: readonly number[],
  contents: Uint8Array,
): Uint8Array {
  const dimensions = shape.map((size) => bytesField(2, integerField(1, size)));
  const tensor = message(integerField(1, dtype), bytesField(2, message(...dimensions)), contents);
  const metadata = bytesField(1, bytesField(1, plugin));
  return message(bytesField(1, tag), bytesField(8, tensor), bytesField(9, metadata));
}

/** A figure; float32, as all of TensorBoard's are. */
export function scalarValue(tag: string, value: number, style: ValueStyle): Uint8Array {
  if (style === 'classic') return message(bytesField(1, tag), floatField(2, value));
  return tensorValue(tag, 'scalars', DT_FLOAT, [], bytesField(5, float32Bytes([value])));
}

/** A histogram; as a tensor `[buckets, 3]` of left edges, right edges and counts. */
export function histogramValue(tag: string, histogram: Histogram, style: ValueStyle): Uint8Array {
  const { min, max, sum, sumOfSquares, buckets } = histogram;
  if (style === 'tensors') {
    return tensorValue(tag, 'histograms', DT_DOUBLE, [buckets.length, 3], bytesField(4, float64Bytes(buckets.flat())));
  }
  const count = buckets.reduce((total, bucket) => total + bucket[2], 0);
  const limits = float64Bytes(buckets.map((bucket) => bucket[1]));
  const counts = float64Bytes(buckets.map((bucket) => bucket[2]));
  const figures = [min, max, count, sum, sumOfSquares].map((value, i) => doubleField(i + 1, value));
  return message(bytesField(1, tag), bytesField(5, message(...figures, bytesField(6, limits), bytesField(7, counts))));
}

/** An image; as a tensor of three strings: width, height and the PNG's bytes. */
export function imageValue(tag: string, png: Uint8Array, header: PngHeader, style: ValueStyle): Uint8Array {
  const { width, height, channels } = header;
  if (style === 'tensors') {
    const strings = [String(width), String(height), png].map((value) => bytesField(8, value));
    return tensorValue(tag, 'images', DT_STRING, [3], message(...strings));
  }
  const image = message(integerField(1, height), integerField(2, width), integerField(3, channels), bytesField(4, png));
  return message(bytesField(1, tag), bytesField(4, image));
}
