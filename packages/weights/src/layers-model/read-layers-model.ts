import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dispose, engine, io, type NamedTensorMap, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { sizeOf } from '../dtype.js';
import { LayersModelError } from './layers-model-error.js';
import { type Manifest, readManifest, WeightsMissing } from './read-manifest.js';
import { fitsName } from './weights-file-name.js';

async function readWeights(folder: string, { files, bytes }: Manifest): Promise<Uint8Array<ArrayBuffer>> {
  const weights = new Uint8Array(bytes);
  let at = 0;
  for (const file of files) {
    const part = await readFile(join(folder, file)).catch((error) => {
      throw new WeightsMissing(folder, `needed ${file} for its weights: ${error.message}`, { cause: error });
    });
    if (!fitsName(file, part)) {
      throw new LayersModelError(folder, `${file} was altered or torn: its bytes do not have the checksum in its name`);
    }
    if (at + part.length > bytes) throw new LayersModelError(folder, `${file} grew while it was read`);
    weights.set(part, at);
    at += part.length;
  }
  if (at < bytes) throw new LayersModelError(folder, `its weights need ${bytes} bytes, ${at} were read`);
  return weights;
}

/** The weights of the model itself. */
const own = (specs: Manifest['specs']) => specs.filter(({ group }) => group !== 'optimizer');

/** Builds the model; if that fails half-way, the variables made until then are disposed. */
async function build({ json, specs }: Manifest): Promise<LayersModel> {
  // Loaded here, so that files of tensors are read and written without them.
  const [{ loadLayersModel }, { withinWeights }, { registerLayers }] = await Promise.all([
    import('@tensorflow/tfjs-layers'),
    import('./within-weights.js'),
    import('@hcsc/backbones'),
  ]);
  registerLayers();
  const values = own(specs).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  let before = new Set<string>();
  const artifacts: io.ModelArtifacts = {
    ...json,
    // Asked for at once before the layers are made, all of them before anything else runs.
    get modelTopology() {
      before = new Set(Object.keys(engine().registeredVariables));
      withinWeights(values);
      return json.modelTopology;
    },
  };
  try {
    return await loadLayersModel({ load: async () => artifacts });
  } catch (error) {
    dispose(Object.entries(engine().registeredVariables).flatMap(([name, one]) => (before.has(name) ? [] : [one])));
    throw error;
  }
}

/**
 * Reads a model in TensorFlow.js's own format from `folder`: what {@link saveLayersModel} or `model.save` wrote.
 *
 * The layers of `@hcsc/backbones` are known; others are made known to TensorFlow.js by the caller, who also disposes the
 * model. Sizes and names are checked before anything is built, layers make no more weights than
 * the files have, and the weights of {@link saveLayersModel} have their
 * checksum.
 *
 * @throws LayersModelError that says what was needed and found, if there is no model in the folder, a file is not there,
 *   cut short or altered, or the model cannot be built.
 *
 * @example
 * ```ts
 * const encoder = await readLayersModel('runs/hcsc/encoder');
 * const features = encoder.predict(images);
 * encoder.dispose();
 * ```
 */
export async function readLayersModel(folder: string): Promise<LayersModel> {
  // Who saves a model removes the former weights: then model.json, read again, names the new ones.
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(folder);
    } catch (error) {
      if (!(error instanceof WeightsMissing) || attempt === 3) throw error;
    }
  }
}

async function readOnce(folder: string): Promise<LayersModel> {
  const manifest = await readManifest(folder);
  const weights = await readWeights(folder, manifest);
  let model: LayersModel | undefined;
  let tensors: NamedTensorMap = {};
  try {
    model = await build(manifest);
    tensors = tidy(() => io.decodeWeights(weights.buffer, [...manifest.specs]));
    model.loadWeights(Object.fromEntries(own(manifest.specs).map(({ name }) => [name, tensors[name]!])));
    return model;
  } catch (error) {
    model?.dispose();
    const [problem] = (error as Error).message.split('\n');
    throw new LayersModelError(folder, `model.json and its weights make no model: ${problem}`, { cause: error });
  } finally {
    dispose(tensors);
  }
}
