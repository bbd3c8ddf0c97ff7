import { mlp, resnet, withHead } from '@hcsc/backbones';
import { views } from '@hcsc/data';
import { infoNCE } from '@hcsc/losses';
import { keyQueue, momentumEncoder } from '@hcsc/momentum';
import { createRng } from '@hcsc/random';
import { type Method, modelParameters, sgd, trainStep } from '@hcsc/train';
import { clone, div, maximum, norm, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { TrainModel } from './train-models.js';

/** A MoCo v2 step that can be repeated. */
export interface MocoStep {
  /** Trainable numbers in the query encoder. */
  readonly parameters: number;
  /** One step on the same images; returns the loss. */
  run(): Promise<number>;
  dispose(): void;
}

const l2Normalize = (rows: Tensor2D): Tensor2D => div(rows, maximum(norm(rows, 2, 1, true), 1e-12));

/** The packages' parts put together to what the peers do too: no shuffling of keys, no figures beside the loss, images as given. */
function mocoMethod({ blocks, widths, bottleneck, stem, shape, hidden, dim, queue: size }: TrainModel) {
  const rng = createRng(0);
  const encoder = resnet({ blocks, widths, bottleneck, stem, inputShape: shape, rng: rng.fork('encoder') });
  const query = withHead(encoder, mlp({ hidden, units: dim, rng: rng.fork('head') }));
  const key = momentumEncoder(query, { momentum: 0.999 });
  const queue = keyQueue({ size, dim, rng: rng.fork('queue') });
  return {
    name: 'moco-step',
    views: 2,
    encoder,
    parameters: modelParameters(query),
    beforeStep: () => key.update(),
    targets: ([, second]) => ({ keys: tidy(() => l2Normalize(key.forward<Tensor2D>(second!))) }),
    loss([first], { keys }) {
      const queries = l2Normalize(query.apply(first!, { training: true }) as Tensor2D);
      return { total: infoNCE(queries, keys, queue.keys, { temperature: 0.2, check: false }), parts: {} };
    },
    afterStep: ({ keys }) => queue.enqueue(keys),
    state: () => ({ tensors: {}, values: {} }),
    restore() {},
    dispose() {
      key.dispose();
      queue.dispose();
      query.dispose();
    },
  } satisfies Method<{ keys: Tensor2D }>;
}

/** Builds the step that every row of `npm run bench -- train` times. */
export function mocoStep(model: TrainModel, { compiled = false }: { compiled?: boolean } = {}): MocoStep {
  const method = mocoMethod(model);
  const optimizer = sgd({ learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 }).create(method.parameters);
  const given = { transforms: [], apply: (images: Tensor4D) => clone(images) };
  const training = trainStep({ method, views: views(given, given), optimizer, compile: compiled });
  const rng = createRng(1);
  const images = rng.uniformTensor([model.batch, ...model.shape]) as Tensor4D;
  const indices = new Int32Array(model.batch);
  return {
    parameters: method.parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    run: async () => (await training.run(images, { indices, labels: null, rng }, 0.03)).loss,
    dispose() {
      training.dispose();
      images.dispose();
      optimizer.dispose();
      method.dispose();
    },
  };
}
