import {
  add,
  clone,
  customGrad,
  div,
  keep,
  mean,
  moments,
  mul,
  randomNormal,
  scalar,
  serialization,
  sqrt,
  sub,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  initializers,
  type LayersModel,
  type LayerVariable,
  layers,
  type Shape,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { backboneCases } from './backbone-cases.js';
import type { TestBackboneOptions } from './backbone-suite.js';
import { failedCases } from './failed-cases.fixture.js';

/** One way to be wrong: what differs from a layer that multiplies by a gain and remembers the mean of its batches. */
interface Fault {
  call?(x: Tensor, layer: Last, training: boolean): Tensor;
  /** What becomes of the mean of the batches. */
  remember?(layer: Last, training: boolean): boolean;
  build?(layer: Last): void;
  config?: object;
  shape?: Shape;
}

let fault: Fault = {};

class Last extends layers.Layer {
  static className = 'HcscTestingLast';
  gain?: LayerVariable;
  seen?: LayerVariable;
  hidden?: Variable;
  calls = 0;
  readonly factor: number;

  constructor(config: ConstructorParameters<typeof layers.Layer>[0] & { factor?: number } = {}) {
    super(config);
    this.factor = config.factor ?? 1;
    serialization.registerClass(Last);
  }

  override build(shape: Shape): void {
    const width = [shape[shape.length - 1]!];
    this.gain = this.addWeight('gain', width, 'float32', initializers.ones());
    this.seen = this.addWeight('seen', width, 'float32', initializers.zeros(), undefined, false);
    fault.build?.(this);
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean } = {}): Tensor {
    return tidy(() => {
      const x = mul(Array.isArray(inputs) ? inputs[0]! : inputs, this.factor);
      const remembers = fault.remember?.(this, training) ?? training;
      if (remembers) this.seen!.write(add(this.seen!.read(), mean(x, 0)));
      return fault.call?.(x, this, training) ?? mul(x, this.gain!.read());
    });
  }

  override computeOutputShape(shape: Shape): Shape {
    return fault.shape ?? shape;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(fault.config ?? { factor: this.factor }) };
  }
}

const kernelInitializer = initializers.glorotUniform({ seed: 3 });
const front = () => [
  layers.conv2d({
    ...{ inputShape: [4, 4, 2], filters: 4, kernelSize: 3, kernelInitializer, activation: 'tanh' },
    biasInitializer: initializers.randomUniform({ seed: 4 }),
  }),
  layers.flatten(),
  layers.dense({ units: 3, kernelInitializer }),
];
const withLast = (made: Fault = {}) => {
  fault = made;
  return sequential({ layers: [...front(), new Last({ factor: 2 })] });
};

const ours = ({ gain }: Last, x: Tensor) => mul(x, gain!.read());
/** The value of `x`, and its gradient times `factor`. */
const steeper = (x: Tensor, factor: number): Tensor =>
  customGrad((x) => ({ value: clone(x as Tensor), gradFunc: (dy) => mul(dy, factor) }))(x);

const faults: Record<string, [fault: Fault, title: string]> = {
  'a shape that is not what it says': [{ shape: [null, 7] }, 'gives features of the shape that it says'],
  'values that are not finite': [
    { call: (x, layer) => ours(layer, mul(x, Number.NaN)) },
    'gives features of the shape that it says',
  ],
  'images that see each other in inference': [
    { call: (x, layer) => ours(layer, sub(x, mean(x, 0))) },
    'sees each image by itself in inference',
  ],
  'noise in inference': [
    { call: (x, layer) => ours(layer, add(x, randomNormal(x.shape, 0, 0.01))) },
    'gives the same for the same images in inference, and moves nothing',
  ],
  'statistics that inference moves': [
    { remember: () => true },
    'gives the same for the same images in inference, and moves nothing',
  ],
  'statistics that training does not move': [
    { remember: () => false },
    'moves its statistics in training, and no weight that trains',
  ],
  'weights that a step moves without an optimiser': [
    {
      call: (x, layer, training) => {
        if (training) layer.gain!.write(mul(layer.gain!.read(), 0.9));
        return ours(layer, x);
      },
    },
    'moves its statistics in training, and no weight that trains',
  ],
  'a weight that no gradient reaches': [
    { call: (x, { gain }) => mul(x, scalar(gain!.read().dataSync()[0]!)) },
    'lets gradients reach every weight that trains, and nothing else',
  ],
  'a gradient of zeros': [
    { call: (x, layer) => steeper(ours(layer, x), 0) },
    'lets gradients reach every weight that trains, and nothing else',
  ],
  'a hidden variable that trains': [
    {
      build: (layer) => {
        layer.hidden = variable(scalar(1));
      },
      call: (x, layer) => mul(ours(layer, x), layer.hidden!),
    },
    'lets gradients reach every weight that trains, and nothing else',
  ],
  'a gradient 10 % too long in inference': [
    { call: (x, layer, training) => ours(layer, steeper(x, training ? 1 : 1.1)) },
    'has the gradient that finite differences give in inference',
  ],
  'a gradient 10 % too long in training': [
    { call: (x, layer, training) => ours(layer, steeper(x, training ? 1.1 : 1)) },
    'has the gradient that finite differences give in training',
  ],
  'state that is no weight': [
    {
      call: (x, layer, training) => {
        if (training) layer.calls += 1;
        return mul(ours(layer, x), 1 + layer.calls);
      },
    },
    'is what it was when its weights are put back',
  ],
  'an option that its configuration forgets': [
    { config: {} },
    'is the same when it is made again from its configuration',
  ],
  'an option that is not saved': [{ config: {} }, 'is the same when it has been saved and loaded'],
  'a division by a spread that can be 0': [
    { call: (x, layer, training) => ours(layer, training ? div(x, sqrt(moments(x, 0).variance)) : x) },
    'is finite for images of one colour, and so are its gradients',
  ],
  'values that are read': [
    { call: (x, layer) => ours(layer, add(x, 0 * x.dataSync()[0]!)) },
    'trains the same when it is compiled, and looks at no value',
  ],
  'a number of the host that moves while it is traced': [
    {
      call: (x, layer, training) => {
        if (training) layer.calls += 1;
        return mul(ours(layer, x), training ? 1 + layer.calls : 1);
      },
    },
    'trains the same when it is compiled, and looks at no value',
  ],
  'a tensor that is left behind': [
    {
      call: (x, layer) => {
        keep(clone(x));
        return ours(layer, x);
      },
    },
    'leaves its images alone and nothing else behind',
  ],
  'a tensor that it does not dispose': [
    {
      build: () => {
        keep(scalar(1));
      },
    },
    'frees everything when it is disposed',
  ],
};

const failures = (factory: () => LayersModel, options?: TestBackboneOptions) =>
  failedCases(backboneCases(factory, options));

describe('the conformance suite of backbones', () => {
  const good: Record<string, [factory: () => LayersModel, options?: TestBackboneOptions]> = {
    'a layer of one’s own': [() => withLast(), { features: 3 }],
    'batch norm of tfjs': [() => sequential({ layers: [...front(), layers.batchNormalization()] })],
    'no statistics': [() => sequential({ layers: front() })],
    dropout: [() => sequential({ layers: [...front(), layers.dropout({ rate: 0.5 })] }), { drawsInTraining: true }],
    'sizes left open': [
      () =>
        sequential({
          layers: [
            layers.conv2d({ inputShape: [null, null, 1], filters: 3, kernelSize: 3, kernelInitializer }),
            layers.globalAveragePooling2d({}),
          ],
        }),
      { imageShape: [5, 6, 1], batchSize: 2 },
    ],
  };
  for (const [what, [factory, options]] of Object.entries(good)) {
    it(`finds nothing wrong with ${what}`, async () => {
      expect(await failures(factory, options)).toEqual([]);
    });
  }

  for (const [what, [made, title]] of Object.entries(faults)) {
    it(`finds ${what}`, async () => {
      const cases = backboneCases(() => withLast(made));
      // The second is there to see that the part runs at all.
      const asked = cases.filter((one) => one.title === title || one.title.startsWith('has a name'));
      expect(asked).toHaveLength(2);
      expect(await failedCases(asked)).toEqual([title]);
    });
  }

  it('finds two weights of one name', async () => {
    const part = (inputShape: Shape) =>
      sequential({ layers: [layers.dense({ name: 'same', units: 3, inputShape, kernelInitializer })] });
    const named = () => sequential({ layers: [...front(), part([3]), part([3])] });
    expect(await failures(named)).toContain('has a name of its own for each weight');
  });

  it('finds copies that share variables', async () => {
    const sharing = () => {
      const model = withLast();
      const fromConfig = () => sequential({ layers: model.layers });
      return Object.defineProperty(model, 'constructor', { value: { fromConfig } });
    };
    expect(await failures(sharing)).toContain('is the same when it is made again from its configuration');
  });

  it('finds features of another width', async () => {
    expect(await failures(() => withLast(), { features: 4 })).toEqual(['gives features of the shape that it says']);
  });

  it('finds that nothing is refused', async () => {
    const accepting = () => {
      const model = withLast();
      const [predict, apply] = [model.predict.bind(model), model.apply.bind(model)];
      const fits = (x: Tensor) => x.rank === 4 && x.shape[3] === 2;
      model.predict = (x, args) => (fits(x as Tensor) ? predict(x, args) : zeros([4, 3]));
      model.apply = (x, args) => (fits(x as Tensor) ? apply(x, args) : zeros([4, 3]));
      return model;
    };
    expect(await failures(accepting)).toEqual([
      'refuses images of other channels, and leaves nothing behind',
      'refuses rows instead of images, and leaves nothing behind',
    ]);
  });
});
