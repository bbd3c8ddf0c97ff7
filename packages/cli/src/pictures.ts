import type { ImageSource } from '@hcsc/data';
import type { ReportImage } from '@hcsc/report';
import { reportImage } from './report-image.js';

/** A class by its name; by its number if it has none. */
export const className = ({ classes }: Pick<ImageSource, 'classes'>, label: number): string =>
  classes?.[label] ?? String(label);

/** Images of a source as pictures with their classes, by their positions. */
export async function pictures(source: ImageSource, wanted: Iterable<number>): Promise<Map<number, ReportImage>> {
  const { shape, labels } = source;
  const indices = [...new Set(wanted)];
  const size = shape[0] * shape[1] * shape[2];
  const bytes = indices.length > 0 ? await source.read(indices) : new Uint8Array(0);
  return new Map(
    indices.map((index, i) => {
      const label = labels ? className(source, labels[index]!) : undefined;
      return [index, reportImage(bytes.subarray(i * size, (i + 1) * size), shape, label)];
    }),
  );
}
