import { createRng, type Rng } from '@hcsc/random';
import {
  add,
  addN,
  dispose,
  engine,
  fill,
  io,
  memory,
  mul,
  type Scalar,
  slice,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { difference } from './allclose.js';
import type { ConformanceCase } from './conformance-case.js';
import { download } from './download.js';
import { modelCopy } from './model-copy.js';
import { replayed } from './replayed.js';
import { leakedTensors } from './tensor-leak.js';
import { wrongSlopes } from './wrong-slopes.js';

/** Options of {@link testBackbone}. */
export interface TestBackboneOptions {
  /** `[height, width, channels]` of an image; default: the model's own, 8 for a height or width that it leaves open. */
  imageShape?: readonly [number, number, number];
  /** Width of the features, the last axis of the last output; default: what the model says. */
  features?: number;
  /** Images in a batch; default 4. */
  batchSize?: number;
  /** Does training move weights that no gradient does, such as batch statistics? Default: if the model has such weights. */
  movesStatistics?: boolean;
  /** Does training draw random numbers, for dropout say? Then gradients are tested in inference only. Default `false`. */
  drawsInTraining?: boolean;
  /** Seed of the images; default 0. */
  seed?: number;
}

/** Gradients are compared with differences at so many weights at most. */
const SAMPLED = 12;
/** At so many points: next to a corner of a ReLU they differ. */
const POINTS = 4;

/** The tests of `testBackbone`, one by one. */
export function backboneCases(
  factory: () => LayersModel,
  { batchSize = 4, drawsInTraining = false, seed = 0, ...options }: TestBackboneOptions = {},
): ConformanceCase<void | Promise<void>>[] {
  const cases: ConformanceCase<void | Promise<void>>[] = [];
  const check = (title: string, body: (model: LayersModel, images: Tensor4D, rng: Rng) => void | Promise<void>) =>
    cases.push({
      title,
      run: async () => {
        const rng = createRng(seed);
        const model = factory();
        const images = rng.normalTensor([batchSize, ...imageShapeOf(model, options.imageShape)]) as Tensor4D;
        try {
          await body(model, images, rng);
        } finally {
          images.dispose();
          model.dispose();
        }
      },
    });

  check('gives features of the shape that it says', (model, images) => {
    const outputs = infer(model, images);
    const wanted = model.outputs.map(({ shape }) => shape.slice(1));
    expect(outputs.map(({ shape }) => shape[0])).toEqual(wanted.map(() => batchSize));
    outputs.forEach(({ shape }, i) => {
      expect(shape.slice(1)).toEqual(wanted[i]!.map((size, axis) => size ?? shape[axis + 1]));
    });
    if (outputs.length === 1) expect(outputs[0]!.rank, 'rank of the features: needed [N, D]').toBe(2);
    if (options.features !== undefined) expect(outputs.at(-1)!.shape.at(-1)).toBe(options.features);
    expect(outputs.map(({ dtype }) => dtype)).toEqual(outputs.map(() => 'float32'));
    expect(outputs.flatMap(download).every(Number.isFinite)).toBe(true);
  });

  check('sees each image by itself in inference', (model, images) => {
    const together = infer(model, images);
    for (let i = 0; i < batchSize; i++) {
      const one = slice(images, i, 1);
      infer(model, one).forEach((alone, o) => {
        const row = download(slice(together[o]!, i, 1));
        expectNear(download(alone), row, 1e-4);
      });
      one.dispose();
    }
    dispose(together);
  });

  check('gives the same for the same images in inference, and moves nothing', (model, images) => {
    const before = valuesOf(model);
    const first = infer(model, images).flatMap(download);
    dispose(run(model, images, false));
    expectNear(infer(model, images).flatMap(download), first, 1e-6);
    expect(valuesOf(model)).toEqual(before);
  });

  check('moves its statistics in training, and no weight that trains', (model, images) => {
    const { trainable, others } = weightsOf(model);
    const [trained, statistics] = [trainable, others].map((weights) => weights.map(valuesOfWeight));
    dispose(run(model, images, true));
    expect(trainable.map(valuesOfWeight)).toEqual(trained);
    const now = others.map(valuesOfWeight);
    expect(now.flat().every(Number.isFinite)).toBe(true);
    const { movesStatistics = others.length > 0 } = options;
    if (movesStatistics) expect(now).not.toEqual(statistics);
    else expect(now).toEqual(statistics);
  });

  check('lets gradients reach every weight that trains, and nothing else', (model, images, rng) => {
    nudge(model, rng);
    const { trainable } = weightsOf(model);
    const slopes = gradients(model, images, rng, false);
    for (const { name, gradient } of slopes) {
      expect(gradient.every(Number.isFinite), `finite gradient of ${name}`).toBe(true);
      expect(gradient.some((slope) => slope !== 0)).toBe(true);
    }
    // Without a list tfjs takes every variable that trains: also one that is hidden in a layer.
    const reached = tidy(() => {
      if (trainable.length === 0) return [];
      const { grads } = variableGrads(() => objective(infer(model, images), rng.fork('projection')));
      return Object.keys(grads).filter((name) => grads[name] !== null);
    });
    expect(reached.sort()).toEqual(trainable.map((weight) => weight.name).sort());
  });

  for (const training of drawsInTraining ? [false] : [false, true]) {
    check(`has the gradient that finite differences give in ${training ? 'training' : 'inference'}`, (...given) => {
      const [model, images, rng] = given;
      const value = () => download(tidy(() => objective(run(model, images, training), rng.fork('projection'))))[0]!;
      const sampled = (_: unknown, i: number) => i % Math.ceil(model.trainableWeights.length / SAMPLED) === 0;
      let wrong: Readonly<Record<string, string>> | null = null;
      for (let point = 0; point < POINTS; point++) {
        nudge(model, rng);
        const claims = gradients(model, images, rng, training).filter(sampled);
        const again = claims.filter(({ name }) => wrong === null || name in wrong);
        wrong = wrongSlopes(again, value, rng);
        if (Object.keys(wrong).length === 0) break;
      }
      expect(wrong).toEqual({});
    });
  }

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

  check('is finite for images of one colour, and so are its gradients', (model, _, rng) => {
    const shape = imageShapeOf(model, options.imageShape);
    for (const colour of [0, 1, -1]) {
      const images = fill([batchSize, ...shape], colour) as Tensor4D;
      for (const training of [false, true]) {
        const numbers = run(model, images, training).flatMap(download);
        const slopes = gradients(model, images, rng, training).flatMap(({ gradient }) => gradient);
        expect([...numbers, ...slopes].every(Number.isFinite)).toBe(true);
      }
      images.dispose();
    }
    expect(valuesOf(model).flat().every(Number.isFinite)).toBe(true);
  });

  check('trains the same when it is compiled, and looks at no value', (model, images, rng) => {
    const weights = model.getWeights().map((weight) => tensor(weight.dataSync(), weight.shape, weight.dtype));
    const variables = weightsOf(model).trainable;
    const step = (images: Tensor4D): Tensor[] =>
      tidy(() => {
        const outputs = drawsInTraining ? infer(model, images) : run(model, images, true);
        if (variables.length === 0) return outputs;
        const f = () => objective(run(model, images, !drawsInTraining), rng.fork('projection'));
        const { grads } = variableGrads(f, variables);
        return [...outputs, ...variables.map(({ name }) => grads[name]!)];
      });
    const compiled = replayed(step);
    const [plain, traced] = [step, compiled].map((run) => {
      model.setWeights(weights);
      const before = memory().numTensors;
      const numbers = [0, 1].map(() => run(images).flatMap(download));
      expect(memory().numTensors).toBe(before);
      return [numbers, valuesOf(model)];
    });
    dispose(weights);
    expect(traced).toEqual(plain);
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

  cases.push({
    title: 'frees everything when it is disposed',
    run: () => {
      const before = memory().numTensors;
      const variables = Object.keys(engine().state.registeredVariables).length;
      factory().dispose();
      expect(memory().numTensors).toBe(before);
      expect(Object.keys(engine().state.registeredVariables).length).toBe(variables);
    },
  });

  const refuses = (what: string, make: (shape: [number, number, number], rng: Rng) => Tensor) =>
    check(`refuses ${what}, and leaves nothing behind`, (model, _, rng) => {
      const images = make(imageShapeOf(model, options.imageShape), rng);
      const weights = valuesOf(model);
      const before = memory().numTensors;
      expect(() => infer(model, images)).toThrow(Error);
      expect(() => run(model, images, true)).toThrow(Error);
      expect(memory().numTensors).toBe(before);
      expect(valuesOf(model)).toEqual(weights);
      images.dispose();
    });
  refuses('images of other channels', ([h, w, c], rng) => rng.normalTensor([batchSize, h, w, c + 1]));
  refuses('rows instead of images', ([h, w, c], rng) => rng.normalTensor([batchSize, h * w * c]));
  return cases;
}

const list = (outputs: Tensor | Tensor[]): Tensor[] => (Array.isArray(outputs) ? outputs : [outputs]);
const infer = (model: LayersModel, images: Tensor): Tensor[] =>
  list(model.predict(images, { batchSize: images.shape[0]! }));
const run = (model: LayersModel, images: Tensor, training: boolean): Tensor[] =>
  list(model.apply(images, { training }) as Tensor);

function imageShapeOf(model: LayersModel, given?: readonly [number, number, number]): [number, number, number] {
  const [height, width, channels] = given ?? (model.inputs[0]!.shape.slice(1) as (number | null)[]);
  return [height ?? 8, width ?? 8, channels ?? 3];
}

const valuesOfWeight = (weight: Tensor) => Array.from(weight.dataSync());
const valuesOf = (model: LayersModel) => model.getWeights().map(valuesOfWeight);
const namesOf = (model: LayersModel) => model.weights.map(({ originalName }) => originalName);

function weightsOf(model: LayersModel): { trainable: Variable[]; others: Variable[] } {
  const [trainable, others] = [model.trainableWeights, model.nonTrainableWeights].map((weights) =>
    weights.map((weight) => weight.read() as Variable),
  );
  return { trainable: trainable!, others: others! };
}

/** Moves every weight that trains a little, so that none is 0 or 1 by its making. */
function nudge(model: LayersModel, rng: Rng): void {
  tidy(() => {
    for (const weight of weightsOf(model).trainable) {
      weight.assign(add(weight, rng.normalTensor(weight.shape, 0, 0.1)));
    }
  });
}

/** A random projection of all that a model gives: the same of equal streams. */
const objective = (outputs: Tensor[], rng: Rng): Scalar =>
  addN(outputs.map((output) => sum(mul(output, rng.normalTensor(output.shape))))) as Scalar;

/** The gradient of the objective, by weight. */
function gradients(model: LayersModel, images: Tensor4D, rng: Rng, training: boolean) {
  const { trainable } = weightsOf(model);
  if (trainable.length === 0) return [];
  const slopes = tidy(() => {
    const f = () => objective(run(model, images, training), rng.fork('projection'));
    const { grads } = variableGrads(f, trainable);
    return trainable.map(({ name }) => {
      expect(grads[name], `gradient of ${name}`).toBeTruthy();
      return valuesOfWeight(grads[name]!);
    });
  });
  const names = model.trainableWeights.map(({ originalName }) => originalName);
  return trainable.map((variable, i) => ({ name: names[i]!, variable, gradient: slopes[i]! }));
}

function expectNear(given: number[], expected: number[], tolerance: number): void {
  expect(given.length).toBe(expected.length);
  const { difference: worst, scale } = difference(given, expected);
  expect(worst).toBeLessThanOrEqual(tolerance * (scale + 1e-3));
}
