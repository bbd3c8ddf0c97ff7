import { join } from 'node:path';
import { PAIR_FILES } from '@hcsc/train';
import { openSafetensors, type SafetensorsFile } from '@hcsc/weights';

async function openFeatures(folder: string): Promise<SafetensorsFile | null> {
  try {
    return await openSafetensors(join(folder, PAIR_FILES.features));
  } catch {
    return null;
  }
}

/** The cosines of pairs of images, by the features in a folder of pairs; null of those that have none there. */
export async function keptCosines(
  folder: string,
  pairs: readonly (readonly [number, number])[],
): Promise<(number | null)[]> {
  const file = await openFeatures(folder);
  if (!file) return pairs.map(() => null);
  try {
    const images = (await file.read('images')).data as Int32Array;
    const rows = new Map(Array.from(images, (image, row) => [image, row]));
    const rowOf = async (image: number) => {
      const row = rows.get(image);
      return row === undefined ? null : ((await file.rows('features', row, row + 1)).data as Float32Array);
    };
    return await Promise.all(
      pairs.map(async ([first, second]) => {
        const [x, y] = await Promise.all([rowOf(first), rowOf(second)]);
        return x && y && x.reduce((sum, value, at) => sum + value * y[at]!, 0);
      }),
    );
  } finally {
    await file.close();
  }
}
