import { type ImageSource, subset } from '@hcsc/data';
import { extractFeatures, type FeatureEncoder } from '@hcsc/eval';
import { type ReportImage, spriteSheet } from '@hcsc/report';
import { writeProjectorEmbedding } from '@hcsc/train';
import { reportImage } from './report-image.js';
import { tensorBoardFolder } from './tensor-board-run.js';

/** How many images become points: the projector arranges as many without a wait. */
const MOST = 1000;

/**
 * Writes the features of up to 1,000 images of a source, evenly spread over it, for TensorBoard's projector, with labels and
 * small pictures of the images.
 *
 * @throws as {@link writeProjectorEmbedding} does, if a feature is not finite for example.
 */
export async function tensorBoardEmbedding(
  encoder: FeatureEncoder,
  source: ImageSource,
  folder: string,
): Promise<void> {
  const count = Math.min(MOST, source.length);
  const chosen = subset(
    source,
    Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * source.length) / count)),
  );
  const { shape, labels, classes } = chosen;
  const size = shape[0] * shape[1] * shape[2];
  const bytes = await chosen.read(Int32Array.from({ length: count }, (_, i) => i));
  const pictures = Array.from({ length: count }, (_, i): ReportImage => {
    return reportImage(bytes.subarray(i * size, (i + 1) * size), shape);
  });
  const features = await extractFeatures(encoder, chosen);
  try {
    const points = { values: (await features.data()) as Float32Array, width: features.shape[1] };
    const names = labels && Array.from(labels, (label) => classes?.[label] ?? String(label));
    await writeProjectorEmbedding(tensorBoardFolder(folder), 'test-images', points, {
      ...(names && { metadata: { label: names } }),
      sprite: spriteSheet(pictures),
    });
  } finally {
    features.dispose();
  }
}
