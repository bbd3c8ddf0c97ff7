import type { BatchNormOptions } from '@hcsc/backbones';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { readLayersModel } from '../layers-model/read-layers-model.js';
import { readSafetensors } from '../read-safetensors.js';
import { type ReadTorchOptions, readTorch } from '../torch/read-torch.js';
import { type BackboneTensors, backboneTensors } from './backbone-tensors.js';
import { shownName } from './shown-name.js';
import { type WeightsKind, type WeightsPlace, weightsKind } from './weights-kind.js';

/** Options of {@link importBackbone}; all but `torch` and `strict` are refused for a model folder, which says them itself. */
export interface ImportBackboneOptions {
  /** `[height, width, channels]` of an image; default: see `resnetLike` of `@hcsc/backbones`. */
  readonly inputShape?: readonly [number, number, number];
  /** What stands before the names of the encoder; default: found by rules, see {@link backboneTensors}. */
  readonly prefix?: string;
  /** Which of a momentum pair; default `'query'`. */
  readonly encoder?: 'query' | 'key';
  /** Momentum, epsilon and splits of every batch norm; default PyTorch's. */
  readonly batchNorm?: Omit<BatchNormOptions, 'name'>;
  /** How a PyTorch file is read. */
  readonly torch?: ReadTorchOptions;
  /** Refuse a file with tensors that are neither of the ResNet nor of a known kind that is dropped; default false. */
  readonly strict?: boolean;
}

/** What became of the tensors of a file. */
export interface ImportReport {
  readonly kind: WeightsKind;
  /** The rule by which names were understood, see {@link BackboneTensors}; `layers-model` for a model folder. */
  readonly layout: string;
  /** What stood before the encoder's names. */
  readonly prefix: string;
  /** The names, torchvision's, of what was loaded. */
  readonly loaded: readonly string[];
  /** The names in the file of what was left out for a known reason. */
  readonly dropped: BackboneTensors['dropped'];
  /** The names in the file of what was left out because it is no part of such a ResNet. */
  readonly unexpected: readonly string[];
}

/** A backbone, and where its weights came from. */
export interface ImportedBackbone {
  /** Images `[N, H, W, C]` to features `[N, D]`; the caller disposes it. */
  readonly model: LayersModel;
  readonly report: ImportReport;
}

const some = (names: readonly string[]) =>
  names.slice(0, 5).map(shownName).join(', ') + (names.length > 5 ? ', …' : '');

/** A training that diverged leaves NaN in all that it wrote: its features would be NaN for every image. */
function needsFinite(tensors: BackboneTensors['tensors']): void {
  for (const [name, { data }] of Object.entries(tensors)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new RangeError(`value ${at} of ${shownName(name)} is ${data[at]}, needed finite weights`);
  }
}

/** A model folder's backbone: what is in front of the pooled features; the layers behind them are disposed. */
async function fromFolder({ kind, path }: WeightsPlace): Promise<ImportedBackbone> {
  const { featureTaps, parameterNames } = await import('@hcsc/backbones');
  const whole = await readLayersModel(path);
  try {
    const model = featureTaps(whole, ['pooled'], { name: whole.name.replace(/\.projected$/, '') });
    const loaded = parameterNames(model);
    const kept = new Set(loaded);
    const behind = parameterNames(whole).filter((name) => !kept.has(name));
    for (const layer of whole.layers) if (!model.layers.includes(layer)) layer.dispose();
    const dropped = behind.map((name) => ({ name, why: 'projection head' as const }));
    return { model, report: { kind, layout: kind, prefix: '', loaded, dropped, unexpected: [] } };
  } catch (error) {
    whole.dispose();
    throw error;
  }
}

async function fromFile(
  { kind, path }: WeightsPlace,
  { inputShape, prefix, encoder, batchNorm, torch, strict = false }: ImportBackboneOptions,
): Promise<ImportedBackbone> {
  const { loadParameters, resnetLike } = await import('@hcsc/backbones');
  const read = kind === 'torch' ? readTorch(path, torch) : readSafetensors(path);
  const found = backboneTensors((await read).tensors, { prefix, encoder });
  const dropped = found.dropped.filter(({ why }) => why !== 'not of the ResNet');
  const unexpected = found.dropped.filter(({ why }) => why === 'not of the ResNet').map(({ name }) => name);
  if (strict && unexpected.length > 0) {
    throw new RangeError(
      `${unexpected.length} of its tensors are not of the ResNet (${some(unexpected)}): leave strict out to drop them`,
    );
  }
  needsFinite(found.tensors);
  const model = resnetLike(found.tensors, { inputShape, batchNorm });
  try {
    const { missing } = loadParameters(model, found.tensors, { strict: false });
    if (missing.length > 0) throw new RangeError(`${missing.length} weights are missing: ${some(missing)}`);
    const loaded = Object.keys(found.tensors);
    return { model, report: { kind, layout: found.layout, prefix: found.prefix, loaded, dropped, unexpected } };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * Builds the backbone whose weights a file holds, whoever wrote it: torchvision, MoCo, HCSC, CGH and others in PyTorch or
 * safetensors files, a model folder, a run folder.
 *
 * Names are understood by {@link backboneTensors}, depth and widths are those of the shapes (`resnetLike` of
 * `@hcsc/backbones`), heads, queues and momentum copies are dropped. Nothing of the file is run. A model folder keeps its
 * images' shape and its batch norms' settings.
 *
 * @returns the model, images to pooled features, and a report; the caller disposes the model.
 * @throws Error if there are no weights at `path`; SafetensorsError, TorchFileError, LayersModelError if they cannot be
 *   read; RangeError that names the file if its names or shapes are those of no ResNet, or weights are missing or not finite.
 *
 * @example
 * ```ts
 * const { model, report } = await importBackbone('checkpoint_0199.pth.tar');
 * console.log(report.layout, report.loaded.length, report.dropped.length); // moco 265 …
 * const features = model.predict(tf.zeros([1, 224, 224, 3])); // [1, 2048]
 * ```
 */
export async function importBackbone(path: string, options: ImportBackboneOptions = {}): Promise<ImportedBackbone> {
  const place = await weightsKind(path);
  try {
    if (place.kind !== 'layers-model') return await fromFile(place, options);
    const { inputShape, prefix, encoder, batchNorm } = options;
    const odd = Object.entries({ inputShape, prefix, encoder, batchNorm }).find(([, value]) => value !== undefined);
    if (odd) throw new RangeError(`a model folder says itself what it is, ${odd[0]} cannot be given`);
    return await fromFolder(place);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    const Kind = error instanceof RangeError ? RangeError : TypeError;
    throw new Kind(`Cannot import a backbone from ${path}: ${error.message}`, { cause: error });
  }
}
