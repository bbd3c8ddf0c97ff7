import { perCall } from '@hcsc/trace';
import {
  add,
  clone,
  customGrad,
  keep,
  mean,
  mul,
  type Scalar,
  scalar,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { failedCases } from './failed-cases.fixture.js';
import { methodCases } from './method-cases.js';
import type { MethodTestContext, MethodUnderTest } from './method-under-test.js';
import type { TestMethodOptions } from './test-method-options.js';
import { type ToyParts, toyMethod } from './toy-method.fixture.js';

type Toy = ReturnType<typeof toyMethod>['method'];
type Change = (method: Toy, good: MethodUnderTest, parts: ToyParts) => void;

/** The toy, with something about it changed. */
const changed = (change: Change) => (context: MethodTestContext) => {
  const { method, parts } = toyMethod(context);
  const good = Object.create(null, Object.getOwnPropertyDescriptors(method)) as MethodUnderTest;
  change(method, good, parts);
  return method as MethodUnderTest;
};

/** Another total for the same figures. */
const total =
  (of: (total: Scalar, parts: ToyParts, ...args: Parameters<MethodUnderTest['loss']>) => Tensor): Change =>
  (method, good, parts) => {
    method.loss = (...args) => {
      const loss = good.loss(...args);
      return { ...loss, total: of(loss.total, parts, ...args) as Scalar };
    };
  };
/** The value of `x`, and its gradient times `factor`. */
const steeper = (x: Tensor, factor: number): Tensor =>
  customGrad((x) => ({ value: clone(x as Tensor), gradFunc: (dy) => mul(dy, factor) }))(x);

const define = (method: Toy, key: keyof MethodUnderTest, value: unknown) =>
  Object.defineProperty(method, key, { value, configurable: true });

const RUN = 'says what it is';
const GIVES = 'gives a finite loss, its parts, and features of length 1';
const REACH = 'lets gradients reach every parameter, and nothing else';
const TWICE = 'trains the same from equal seeds';
const RESUMES = 'goes on from a saved state as if it had not stopped';
const REFUSES = 'refuses a state from which something is missing, and is as it was';
const LABELS = 'does not train on labels, and does without them';
const COMPILED = 'trains the same when its step is compiled, and looks at no value';
const KEY = 'names by its traceKey all that a compiled step has by value';
const EPOCHS = 'leaves nothing behind in steps and epochs';
const EMBEDS = 'embeds images one by one, as rows of length 1, if it embeds';
const NAMED = 'gives the features it names one by one, as rows of length 1, if it names any';
const PROTOTYPES = 'tells of its prototypes, if there are any';
const FREES = 'frees everything when it is disposed';

/** A state that lacks one thing, and a restore that does not mind. */
const forgetting =
  (name: string): Change =>
  (method, good) => {
    method.state = () => {
      const { tensors, values } = good.state();
      const { [name]: _, ...rest } = tensors;
      const { [name]: __, ...others } = values;
      return { tensors: rest, values: others };
    };
    method.restore = ({ tensors, values }) => {
      const own = good.state();
      good.restore({ tensors: { ...own.tensors, ...tensors }, values: { ...own.values, ...values } });
    };
  };

const faults: Record<string, [change: Change, title: string]> = {
  'two parameters of one name': [
    (method, { parameters }) =>
      define(
        method,
        'parameters',
        parameters.map((one) => ({ ...one, name: 'w' })),
      ),
    RUN,
  ],
  'options that are no JSON': [(method) => define(method, 'options', { sampler: () => 0 }), RUN],
  'weights that no seed gives': [
    (_, __, { kernel }) => tidy(() => kernel.assign(mul(kernel, 1 + Math.random()))),
    'is built the same from equal seeds, and not from others',
  ],
  'a seed that is not used': [
    (_, __, { kernel, keys, queue }) =>
      tidy(() => {
        for (const one of [kernel, ...keys, queue]) one.assign(add(mul(one, 0), 0.1));
      }),
    'is built the same from equal seeds, and not from others',
  ],
  'a loss per image': [total((loss) => add(loss, zeros([8]))), GIVES],
  'a loss that is not finite': [total((loss) => mul(loss, Number.NaN)), GIVES],
  'features that are not of length 1': [
    (method, good) => {
      method.loss = (...args) => {
        const loss = good.loss(...args);
        return { ...loss, features: mul<Tensor2D>(loss.features!, 2) };
      };
    },
    GIVES,
  ],
  'figures that are not finite': [
    (method) => {
      method.figures = () => ({ momentum: Number.NaN });
    },
    GIVES,
  ],
  'an encoder that is not the one it trains': [
    (method, good, { kernel }) => {
      const copy = sequential({
        layers: [layers.flatten({ inputShape: good.encoder.inputs[0]!.shape.slice(1) }), layers.dense({ units: 5 })],
      });
      copy.layers[1]!.setWeights([tensor(kernel.dataSync(), kernel.shape), zeros([5])]);
      define(method, 'encoder', copy);
    },
    'trains its encoder, which gives rows of features',
  ],
  'embeddings of another length': [
    (method, good) => {
      method.embed = (images) => tidy(() => mul(good.embed!(images), 2));
    },
    EMBEDS,
  ],
  'embeddings that depend on the batch': [
    (method, good) => {
      method.embed = (images) => tidy(() => good.embed!(sub(images, mul(mean(images, 0, true), 0.1)) as Tensor4D));
    },
    EMBEDS,
  ],
  'named features of another length': [
    (method, good) =>
      define(method, 'features', { keys: (images: Tensor4D) => tidy(() => mul(good.embed!(images), 2)) }),
    NAMED,
  ],
  'named features that depend on the batch': [
    (method, good) =>
      define(method, 'features', {
        keys: (images: Tensor4D) => tidy(() => good.embed!(sub(images, mul(mean(images, 0, true), 0.1)) as Tensor4D)),
      }),
    NAMED,
  ],
  'images of prototypes that are not there': [
    (method, good, parts) => {
      method.beforeEpoch = async (context) => {
        const figures = await good.beforeEpoch!(context);
        tidy(() => (parts.levels[0]?.assignments as Variable)?.assign(add(parts.levels[0]!.assignments, 1)));
        return figures;
      };
    },
    PROTOTYPES,
  ],
  'a parameter that no gradient reaches': [
    (method, { parameters }, { keys }) =>
      define(method, 'parameters', [...parameters, { name: 'key', variable: keys[0]! }]),
    REACH,
  ],
  'a gradient that goes elsewhere': [
    (method, good, { queue }) => {
      queue.trainable = true;
      method.loss = good.loss;
    },
    REACH,
  ],
  'a parameter among the targets': [
    (method, good, { kernel }) => {
      method.targets = (views, batch) => ({ ...good.targets(views, batch), kernel });
      method.loss = (views, targets, batch) => {
        const loss = good.loss(views, targets, batch);
        const { kernel } = targets as { kernel: Tensor };
        return { ...loss, total: add(loss.total, mean(mul(kernel, kernel))) };
      };
    },
    'lets no gradient through its targets',
  ],
  'a gradient 10 % too long': [total((loss) => steeper(loss, 1.1)), 'has the gradient that finite differences give'],
  'a gradient that misses a term': [
    total((loss, { kernel }) =>
      add(
        loss,
        customGrad((x) => ({ value: sum(mul(x as Tensor, x as Tensor)), gradFunc: () => zeros(kernel.shape) }))(kernel),
      ),
    ),
    'has the gradient that finite differences give',
  ],
  'a gradient that goes up': [total((loss) => steeper(loss, -1)), 'learns: the loss of a batch falls in 12 steps'],
  'randomness from nowhere': [total((loss) => mul(loss, 1 + 0.01 * Math.random())), TWICE],
  'a queue that is not saved': [forgetting('queue'), RESUMES],
  'a key encoder that is not saved': [forgetting('key0'), RESUMES],
  'a count that is not saved': [forgetting('updates'), RESUMES],
  'prototypes that are not saved': [
    (method, good) => {
      method.restore = ({ tensors: { centroids: _, ...tensors }, values }) => good.restore({ tensors, values });
    },
    RESUMES,
  ],
  'a restored state that keeps what it was given': [
    (method, good, parts) => {
      method.restore = (state) => {
        good.restore(state);
        const [level] = parts.levels;
        if (level) level.centroids = state.tensors.centroids as Tensor2D;
      };
    },
    RESUMES,
  ],
  'a saved value that JSON does not hold': [
    (method, good, parts) => {
      method.state = () => ({ ...good.state(), values: { updates: parts.updates === 0 ? Number.NaN : parts.updates } });
    },
    RESUMES,
  ],
  'a state of which half is written': [
    (method, good, { kernel }) => {
      method.restore = (state) => {
        if (state.tensors.kernel) kernel.assign(state.tensors.kernel);
        good.restore(state);
      };
    },
    REFUSES,
  ],
  'a state that may lack something': [forgetting('nothing'), REFUSES],
  'training on labels': [
    total((loss, { kernel }, _, __, { labels }) => (labels ? add(loss, mul(mean(kernel), mean(labels))) : loss)),
    LABELS,
  ],
  'a need of labels': [total((loss, _, __, ___, { labels }) => add(loss, mul(0, mean(labels!)))), LABELS],
  'values that are read': [total((loss) => add(loss, 0 * loss.dataSync()[0]!)), COMPILED],
  'a count that moves while it is traced': [
    (method, good, parts) => {
      method.afterStep = (...args) => {
        good.afterStep!(...args);
        parts.updates += 1;
      };
    },
    COMPILED,
  ],
  'a number of the host in the loss': [total((loss, { updates }) => mul(loss, 1 + 0.1 * updates)), KEY],
  'prototypes under the same key as none': [
    (method) => {
      method.traceKey = () => 0;
    },
    KEY,
  ],
  'prototypes by value': [
    (method, good, parts) => {
      let frozen: Tensor2D | null = null;
      method.beforeEpoch = async (context) => {
        const figures = await good.beforeEpoch!(context);
        frozen?.dispose();
        frozen = parts.levels[0] ? (tensor([...parts.levels[0].centroids.dataSync()], [1, 5]) as Tensor2D) : null;
        return figures;
      };
      method.loss = (...args) => {
        const loss = good.loss(...args);
        return { ...loss, total: frozen ? add(loss.total, mul(0, sum(frozen))) : loss.total };
      };
      method.dispose = () => {
        frozen?.dispose();
        good.dispose();
      };
    },
    KEY,
  ],
  'an update of another variable at each step': [
    (method, good, parts) => {
      const spare = [variable(zeros([2]), false), variable(zeros([2]), false)];
      method.afterStep = (...args) => {
        good.afterStep!(...args);
        spare[parts.updates % 2]!.assign(zeros([2]));
      };
      method.dispose = () => {
        for (const one of spare) one.dispose();
        good.dispose();
      };
    },
    KEY,
  ],
  'a key of each step': [
    (method, _, parts) => {
      method.traceKey = () => parts.updates;
    },
    KEY,
  ],
  'a tensor that an epoch leaves behind': [
    (method, good) => {
      method.beforeEpoch = async (context) => {
        scalar(1);
        return good.beforeEpoch!(context);
      };
    },
    EPOCHS,
  ],
  'a tensor that a step leaves behind': [
    (method, good) => {
      method.afterStep = (...args) => {
        keep(scalar(1));
        good.afterStep!(...args);
      };
    },
    EPOCHS,
  ],
  'a tensor that embedding leaves behind': [
    (method, good) => {
      method.embed = (images) => {
        clone(images);
        return good.embed!(images);
      };
    },
    EPOCHS,
  ],
  'a tensor that named features leave behind': [
    (method, good) =>
      define(method, 'features', {
        keys(images: Tensor4D) {
          zeros([1]);
          return good.embed!(images);
        },
      }),
    EPOCHS,
  ],
  'views that are disposed': [
    (method, good) => {
      method.loss = (views, ...rest) => {
        const loss = good.loss(views, ...rest);
        views[1]!.dispose();
        return loss;
      };
    },
    'leaves its views and batches alone',
  ],
  'tensors of an epoch that could not begin': [
    (method, good) => {
      method.beforeEpoch = async (context) => {
        const made = scalar(1);
        const figures = await good.beforeEpoch!(context);
        made.dispose();
        return figures;
      };
    },
    'goes on, and leaves nothing behind, when an epoch cannot begin',
  ],
  'a queue that stays': [
    (method, good, { queue }) => {
      method.dispose = () => {
        variable(queue, false);
        good.dispose();
      };
    },
    FREES,
  ],
  'a batch of one that has no loss': [
    total((loss, _, [view]) => mul(loss, (view!.shape[0] - 1) / (view!.shape[0] - 1))),
    'takes a batch of one image and a large one, or refuses it',
  ],
  'images of other channels that are cut to fit': [
    (method, good) => {
      const cut = (views: readonly Tensor4D[]) =>
        views.map((view) => slice(view, 0, [view.shape[0], view.shape[1], view.shape[2], 2]) as Tensor4D);
      method.targets = (views, batch) => good.targets(cut(views), batch);
      method.loss = (views, ...rest) => good.loss(cut(views), ...rest);
    },
    'refuses images of other channels, and is as it was',
  ],
};

const cases = (change: Change, options?: TestMethodOptions) => methodCases(changed(change), options);

describe('the conformance suite of methods', () => {
  it('finds nothing wrong with a good one', async () => {
    expect(await failedCases(cases(() => {}))).toEqual([]);
  });

  it('does without all that a method need not have', async () => {
    const bare: Change = (method, good) => {
      for (const key of ['options', 'traceKey', 'embed', 'features', 'figures', 'hierarchy'] as const) {
        define(method, key, undefined);
      }
      method.loss = (...args) => ({ ...good.loss(...args), features: undefined, parts: {} });
    };
    expect(await failedCases(cases(bare))).toEqual([]);
  });

  it('lets a method without a traceKey change its step with the epoch', async () => {
    const reading: Change = (method, good, parts) => {
      define(method, 'traceKey', undefined);
      // As many reads of the host as there are levels, and one.
      method.beforeStep = () => {
        for (const _ of parts.levels)
          parts.queue.assign(
            mul(
              parts.queue,
              perCall(() => 1),
            ),
          );
        good.beforeStep!();
      };
    };
    const asked = cases(reading).filter(({ title }) => title === COMPILED || title === KEY);
    expect(await failedCases(asked)).toEqual([]);
  });

  it('leaves out what an option says does not hold', () => {
    const all = cases(() => {}).map(({ title }) => title);
    const fewer = cases(() => {}, { needsLabels: true, stopsGradients: true, learns: false }).map(({ title }) => title);
    expect(all.filter((title) => !fewer.includes(title))).toEqual([
      'has the gradient that finite differences give',
      LABELS,
      'learns: the loss of a batch falls in 12 steps',
    ]);
  });

  it('trains on images, views and settings of one’s own', async () => {
    const seen: unknown[] = [];
    const options = {
      ...{ imageShape: [3, 2, 1] as const, images: 9, batchSize: 4, epochs: 2, stepsPerEpoch: 1 },
      settings: { factor: 3 },
      views: (images: Tensor4D, _: unknown, count: number) => {
        seen.push([images.shape, count]);
        return Array.from({ length: count }, () => clone(images));
      },
    };
    const factory = (context: MethodTestContext<{ factor: number }>) => {
      seen.push(context.settings.factor, context.epochs, context.batchSize, context.stepsPerEpoch);
      return toyMethod(context as never).method as MethodUnderTest;
    };
    const [, , training] = methodCases(factory, options);
    await training!.run();
    expect(seen.slice(0, 5)).toEqual([3, 2, 4, 1, [[4, 3, 2, 1], 2]]);
  });

  it('trains on pairs: the second view is of the second image', async () => {
    const shown: { first: number[]; second: number[]; views: Tensor4D[] }[] = [];
    const told: MethodTestContext['pairs'][] = [];
    const factory = (context: MethodTestContext) => {
      told.push(context.pairs);
      const { method } = toyMethod(context);
      const { targets } = method;
      method.targets = (views, batch) => {
        const [first, second] = [batch.indices, batch.keyIndices].map((rows) => Array.from(rows.dataSync()));
        shown.push({ first: first!, second: second!, views: views.map((view) => keep(clone(view))) });
        return targets(views, batch);
      };
      return method as MethodUnderTest;
    };
    const options = {
      pairs: 20,
      images: 16,
      batchSize: 12,
      epochs: 1,
      stepsPerEpoch: 3,
      views: (images: Tensor4D) => [clone(images), mul<Tensor4D>(images, 1)],
    };
    const training = methodCases(factory, options).find(({ title }) => title === GIVES)!;
    await training.run();
    const { images, pairs, similarities } = told[0]!;
    expect([images, pairs.length, similarities.length]).toEqual([16, 40, 20]);
    const known = new Set(Array.from(similarities, (_, p) => `${pairs[2 * p]} ${pairs[2 * p + 1]}`));
    expect(known.size).toBe(20);
    for (const pair of known) {
      const [i, j] = pair.split(' ').map(Number) as [number, number];
      expect(i < j && i % 4 === j % 4).toBe(true);
    }
    const items = shown.slice(0, 3).flatMap(({ first, second }) => first.map((i, row) => `${i} ${second[row]}`));
    // Three batches of 12 of the 36 items: each image with itself, each pair as it was found.
    const alone = Array.from({ length: 16 }, (_, i) => `${i} ${i}`);
    expect(items.sort()).toEqual([...alone, ...known].sort());
    const pixels = new Map<number, string>();
    for (const { first, second, views } of shown) {
      for (const [rows, view] of [
        [first, views[0]!],
        [second, views[1]!],
      ] as const) {
        const values = view.arraySync() as unknown[];
        rows.forEach((image, row) => {
          const seen = JSON.stringify(values[row]);
          expect(seen).toBe(pixels.get(image) ?? seen);
          pixels.set(image, seen);
        });
        view.dispose();
      }
    }
    expect(new Set(pixels.values()).size).toBe(16);
  });

  it('finds nothing wrong with a good one that is given pairs', async () => {
    expect(await failedCases(cases(() => {}, { pairs: 30 }))).toEqual([]);
  });

  it('has no more pairs than there are of one pattern', async () => {
    const [first] = cases(() => {}, { images: 8, pairs: 5 });
    await expect(async () => first!.run()).rejects.toThrow(
      'Cannot pair 8 images 5 times: they make 4 pairs of one pattern',
    );
  });

  for (const [what, [change, title]] of Object.entries(faults)) {
    it(`finds ${what}`, async () => {
      // The second is there to see that the method runs at all.
      const sane = title === RUN ? GIVES : RUN;
      const asked = cases(change).filter((one) => one.title === title || one.title === sane);
      expect(asked).toHaveLength(2);
      expect(await failedCases(asked)).toEqual([title]);
    });
  }
});
