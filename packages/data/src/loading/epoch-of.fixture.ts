import { type ImageSource, type ViewLoaderOptions, type ViewPlan, viewLoader } from '../index.js';

/** Everything of an epoch, by position in its order: index, label, the values of each view. */
export async function epochOf(of: ImageSource, by: ViewPlan, options: ViewLoaderOptions, epoch = 0, from = 0) {
  const images: { index: number; label: number | undefined; views: number[][] }[] = [];
  for await (const batch of viewLoader(of, by, options).batches(epoch, { from })) {
    const values = batch.views.map((tensor) => tensor.dataSync());
    batch.indices.forEach((index, i) => {
      const n = batch.indices.length;
      const own = values.map((all) => [...all.subarray((i * all.length) / n, ((i + 1) * all.length) / n)]);
      images.push({ index, label: batch.labels?.[i], views: own });
    });
    batch.dispose();
  }
  return images;
}
