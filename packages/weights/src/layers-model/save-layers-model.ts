import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { writeFileAtomically } from '../write-file-atomically.js';
import { isLeftover, weightsFileName } from './weights-file-name.js';

/**
 * Saves a model in TensorFlow.js's own format: `model.json` and a file of weights beside it, in `folder`.
 *
 * Any TensorFlow.js program can load it; one with our layers calls `registerLayers()` of `@hcsc/backbones` first. The
 * weights' file is named by its content (`weights.3f0c….bin`) and is there before `model.json` names it; the one that
 * was named before is removed last. So whoever reads the folder, at any time, finds the former model or the new one. One
 * program at a time may save to a folder.
 *
 * @param folder made if it is not there; a model in it is replaced, with what a save that was killed has left; other
 *   files are left alone.
 *
 * @example
 * ```ts
 * await saveLayersModel(backbone, 'backbone');
 * const copy = await readLayersModel('backbone');
 * ```
 */
export async function saveLayersModel(model: LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      const { weightData, weightSpecs, ...topology } = artifacts;
      const weights = new Uint8Array(io.CompositeArrayBuffer.join(weightData ?? new ArrayBuffer(0)));
      const name = weightsFileName(weights);
      const manifest = { ...topology, weightsManifest: [{ paths: [name], weights: weightSpecs ?? [] }] };
      await writeFileAtomically(join(folder, name), weights);
      await writeFileAtomically(join(folder, 'model.json'), JSON.stringify(manifest));
      const leftovers = (await readdir(folder)).filter((file) => isLeftover(file, name));
      for (const file of leftovers) await rm(join(folder, file), { force: true });
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
}
