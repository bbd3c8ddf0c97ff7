import type { Rng } from '@hcsc/random';
import { dispose, engine, io, memory, type Tensor4D, tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { infer, namesOf, nudge, objective, run, valuesOf, weightsOf } from './backbone-in-use.js';
import type { BackboneSuite } from './backbone-suite.js';
import { download } from './download.js';
import { modelCopy } from './model-copy.js';
import { leakedTensors } from './tensor-leak.js';

/** Weights that go away and come back, copies, and what is left behind. */
export function copyCases({ check, checkAlone, factory, drawsInTraining }: BackboneSuite): void {
  check('is what it was when its weights are put back', (model, images, rng) => {
    const weights = model.getWeights().map((weight) => tensor(weight.dataSync(), weight.shape, weight.dtype));
    const before = infer(model, images).flatMap(download);
    dispose(run(model, images, true));
    nudge(model, rng);
    expect(infer(model, images).flatMap(download)).not.toEqual(before);
    model.setWeights(weights);
    dispose(weights);
    expect(infer(model, images).flatMap(download)).toEqual(before);
  });

  /** Tests that a model which was made from this one is the same, and leads a life of its own. */
  const expectTwin = (model: LayersModel, twin: LayersModel, images: Tensor4D, rng: Rng) => {
    try {
      expect(twin.weights.map(({ shape }) => shape)).toEqual(model.weights.map(({ shape }) => shape));
      expect(namesOf(twin)).toEqual(namesOf(model));
      expect(infer(twin, images).flatMap(download)).toEqual(infer(model, images).flatMap(download));
      if (!drawsInTraining) {
        expect(run(twin, images, true).flatMap(download)).toEqual(run(model, images, true).flatMap(download));
        expect(valuesOf(twin)).toEqual(valuesOf(model));
      }
      const own = valuesOf(model);
      nudge(twin, rng);
      dispose(run(twin, images, true));
      expect(valuesOf(model)).toEqual(own);
    } finally {
      twin.dispose();
    }
  };

  check('is the same when it is made again from its configuration', (model, images, rng) => {
    dispose(run(model, images, true));
    nudge(model, rng);
    expectTwin(model, modelCopy(model), images, rng);
  });

  check('is the same when it has been saved and loaded', async (model, images, rng) => {
    dispose(run(model, images, true));
    nudge(model, rng);
    let saved: io.ModelArtifacts = {};
    const handler = io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(handler);
    expectTwin(model, await loadLayersModel(io.fromMemory(saved)), images, rng);
  });

  check('has a name of its own for each weight', (model) => {
    const names = namesOf(model);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  check('leaves its images alone and nothing else behind', (model, images, rng) => {
    const { trainable } = weightsOf(model);
    expect(leakedTensors(() => infer(model, images))).toBe(0);
    expect(leakedTensors(() => run(model, images, true))).toBe(0);
    if (trainable.length > 0) {
      const f = () => objective(run(model, images, true), rng);
      expect(leakedTensors(() => tidy(() => variableGrads(f, trainable)))).toBe(0);
    }
    expect(images.isDisposed).toBe(false);
  });

  checkAlone('frees everything when it is disposed', () => {
    const before = memory().numTensors;
    const variables = Object.keys(engine().state.registeredVariables).length;
    factory().dispose();
    expect(memory().numTensors).toBe(before);
    expect(Object.keys(engine().state.registeredVariables).length).toBe(variables);
  });
}
