import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { View } from '@hcsc/data';
import { type ImportBackboneOptions, importBackbone, readLayersModel } from '@hcsc/weights';
import { clone } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Preparation, preparationOf } from '../evaluation-view.js';
import type { MiningEncoder } from './mining-encoder.js';
import { modelEncoder, shownShape } from './model-encoder.js';
import { weightsDigest } from './weights-digest.js';

/** Options of {@link encoderFrom}; of a folder, which says itself what it holds, only `view`. */
export interface EncoderFromOptions extends Pick<ImportBackboneOptions, 'prefix' | 'encoder' | 'batchNorm' | 'torch'> {
  /**
   * How images are shown to it, as in its own training: `evaluation({ normalize: imagenetStatistics }).views[0]`, say. Default:
   * as the recipe that is trained on the pairs shows them. Grey images have three equal channels before, if it takes RGB.
   */
  view?: View;
}

const untouched: Preparation = Object.assign(clone, { steps: [] });

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() === true;

/**
 * An encoder whose weights there are: torchvision's, the official codes' of MoCo and HCSC and others, as `importBackbone` of
 * `@hcsc/weights` reads them; a run folder; a model folder.
 *
 * Weights in a file are told from others by their checksum, wherever they are. A ResNet of a file takes images of any size.
 *
 * @throws `open` rejects as `importBackbone` does if there are no weights it can read, with a RangeError if a model takes images
 *   of another size or of other channels than it would be shown.
 *
 * @example
 * ```ts
 * const encoder = encoderFrom('moco_v2_800ep_pretrain.pth.tar', {
 *   view: evaluation({ size: 224, normalize: imagenetStatistics }).views[0],
 * });
 * const pairs = minedPairs({ encoder, miner: semanticPairs(), share: 0.1 });
 * ```
 */
export function encoderFrom(path: string, options: EncoderFromOptions = {}): MiningEncoder {
  const { view, torch, prefix, encoder, batchNorm } = options;
  const name = basename(resolve(path));
  const inner = view && preparationOf(view);

  const read = { torch, prefix, encoder, batchNorm };

  async function load(shownTo: (channels: number) => [number, number, number]): Promise<LayersModel> {
    if (await isFolder(path)) {
      const ofRun = join(path, 'encoder');
      // A run keeps the encoder as it is to be used; any other model may have a head.
      if (await isFolder(ofRun)) return readLayersModel(ofRun);
      return (await importBackbone(path, read)).model;
    }
    const { model } = await importBackbone(path, read);
    const [, height, width, channels] = model.inputs[0]!.shape as [null, number, number, number];
    let shown: [number, number, number];
    try {
      shown = shownTo(channels);
    } catch (error) {
      model.dispose();
      throw error;
    }
    // Other channels are refused with the model's own.
    if ((shown[0] === height && shown[1] === width) || shown[2] !== channels) return model;
    model.dispose();
    return (await importBackbone(path, { ...read, inputShape: shown })).model;
  }
  return Object.freeze<MiningEncoder>({
    name,
    options: Object.freeze({
      ...(prefix !== undefined && { prefix }),
      ...(encoder !== undefined && { encoder }),
      ...(batchNorm && { batchNorm }),
      ...(torch?.at && { at: torch.at }),
      ...(inner && { view: inner.steps }),
    }),
    ...(inner && { prepare: untouched }),
    identify: async () => ({ weights: await weightsDigest(path) }),
    async open({ source, prepare: shared }) {
      const prepare = inner ? untouched : shared;
      const model = await load((channels) => shownShape(source, { prepare, inner, channels }));
      const [, height, width] = model.inputs[0]!.shape;
      const advice = `give encoderFrom a view that makes them, view(resize([${height}, ${width}])) for example`;
      return modelEncoder(model, { name, source, prepare, inner, advice });
    },
  });
}
