import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StoredTensor } from '../dtype.js';
import { saveLayersModel } from '../layers-model/save-layers-model.js';
import { writeTorch } from '../torch/write-torch.js';
import { writeSafetensors } from '../write-safetensors.js';
import type { WeightsKind } from './weights-kind.js';

/** Options of {@link exportBackbone}. */
export interface ExportBackboneOptions {
  /** What to write; default by the path's ending: `.pth`, `.pt`, `.pth.tar`, `.safetensors`, else a model folder. */
  readonly format?: WeightsKind;
}

function formatOf(path: string): WeightsKind {
  if (/\.(?:pth|pt|pth\.tar)$/i.test(path)) return 'torch';
  return /\.safetensors$/i.test(path) ? 'safetensors' : 'layers-model';
}

/**
 * Writes a model's backbone without its heads: all in front of the pooled features.
 *
 * PyTorch and safetensors files have torchvision's names and PyTorch's layout; torchvision's ResNet of that depth loads
 * them with `strict=False`, since its classifier `fc` is not among them. A safetensors file says so (`format: 'pt'`) and
 * has a checksum. A model folder is TensorFlow.js's own. Files are written whole or not at all, and replace what was
 * there. The model is not disposed.
 *
 * @param model a ResNet of `@hcsc/backbones`, with or without a head (`withHead`).
 * @throws RangeError if the model has no pooled features; the system's error if the file cannot be written.
 *
 * @example
 * ```ts
 * const encoder = await readLayersModel('runs/hcsc/encoder');
 * await exportBackbone(encoder, 'backbone.pth'); // torch.load('backbone.pth', weights_only=True)
 * ```
 */
export async function exportBackbone(
  model: LayersModel,
  path: string,
  { format = formatOf(path) }: ExportBackboneOptions = {},
): Promise<void> {
  const { featureTaps, readParameters } = await import('@hcsc/backbones');
  const backbone = featureTaps(model, ['pooled'], { name: model.name.replace(/\.projected$/, '') });
  if (format === 'layers-model') return saveLayersModel(backbone, path);
  const stored: Record<string, StoredTensor> = {};
  for (const [name, { shape, data }] of Object.entries(await readParameters(backbone))) {
    stored[name] = { dtype: 'float32', shape, data };
  }
  if (format === 'torch') await writeTorch(path, stored);
  else await writeSafetensors(path, stored, { metadata: { format: 'pt' }, checksum: true });
}
