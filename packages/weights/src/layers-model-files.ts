import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { writeFileAtomically } from './write-file-atomically.js';

const WEIGHTS = 'weights.bin';

/**
 * Saves a model in TensorFlow.js's own format, `model.json` and `weights.bin`, in `folder`.
 *
 * Any TensorFlow.js program can load it; one with our layers calls `registerLayers()` of `@hcsc/backbones` first.
 */
export async function saveLayersModel(model: LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      const { weightData, weightSpecs, ...topology } = artifacts;
      const weights = new Uint8Array(io.CompositeArrayBuffer.join(weightData ?? new ArrayBuffer(0)));
      const manifest = { ...topology, weightsManifest: [{ paths: [WEIGHTS], weights: weightSpecs ?? [] }] };
      await writeFileAtomically(join(folder, WEIGHTS), weights);
      await writeFileAtomically(join(folder, 'model.json'), JSON.stringify(manifest));
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
}

/**
 * Loads what {@link saveLayersModel} wrote; the caller disposes the model.
 *
 * @throws Error that names the folder, if there is no model in it or its weights are cut short.
 */
export async function readLayersModel(folder: string): Promise<LayersModel> {
  let manifest: { modelTopology: object; weightsManifest: { weights: io.WeightsManifestEntry[] }[] };
  let weights: Uint8Array<ArrayBuffer>;
  try {
    manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    weights = new Uint8Array(await readFile(join(folder, WEIGHTS)));
  } catch (error) {
    throw new Error(`No model in ${folder}: needed model.json and ${WEIGHTS} (${(error as Error).message})`, {
      cause: error,
    });
  }
  const weightSpecs = manifest.weightsManifest.flatMap((group) => group.weights);
  return loadLayersModel(
    io.fromMemory({ modelTopology: manifest.modelTopology, weightSpecs, weightData: weights.buffer }),
  );
}
