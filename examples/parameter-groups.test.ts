import { hypercolumn, joinOutputs, mlp, namedParameters, resnet, withHead } from '@hcsc/backbones';
import { modelParameters, normAndBias, sgd } from '@hcsc/train';
import { mul, onesLike, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

test('norm and bias of a backbone and its head have no weight decay, convolutions and matrices have', () => {
  const backbone = resnet({ blocks: [1, 1], widths: [4, 8], stem: 'cifar', inputShape: [8, 8, 3] });
  const model = withHead(backbone, mlp({ hidden: 8, units: 4, batchNorm: true }));
  const parameters = modelParameters(model);
  const read = () => new Map(parameters.map(({ name, variable }) => [name, Array.from(variable.dataSync())]));
  // Scales begin as 1; biases as 0, which no decay could change.
  tidy(() => {
    for (const { variable } of parameters) variable.assign(onesLike(variable));
  });
  const before = read();
  const optimizer = sgd({ learningRate: 1, weightDecay: 0.5, exclude: normAndBias }).create(parameters);
  tidy(() =>
    optimizer.apply(
      parameters.map(({ variable }) => mul(variable, 0)),
      1,
    ),
  );
  const decayed = [...read()].filter(([name, values]) => values[0] !== before.get(name)![0]).map(([name]) => name);
  expect(decayed.sort()).toEqual(
    [
      'conv1.kernel',
      'fc.0.kernel',
      'fc.3.kernel',
      'layer1.0.conv1.kernel',
      'layer1.0.conv2.kernel',
      'layer2.0.conv1.kernel',
      'layer2.0.conv2.kernel',
      'layer2.0.downsample.0.kernel',
    ].sort(),
  );
  const kept = [...before.keys()].filter((name) => !decayed.includes(name));
  expect(kept).toEqual(
    expect.arrayContaining(['bn1.weight', 'layer2.0.downsample.1.weight', 'fc.1.bias', 'fc.3.bias']),
  );
  optimizer.dispose();
  model.dispose();
});

test('of two heads on one backbone, each parameter is there once, and norms and biases are told apart', () => {
  const backbone = resnet({ blocks: [1, 1], widths: [4, 8], stem: 'cifar', inputShape: [8, 8, 3] });
  const columns = hypercolumn(backbone, { taps: ['stage1', 'stage2'] });
  const model = joinOutputs([
    withHead(backbone, mlp({ hidden: 8, units: 4 })),
    withHead(columns, mlp({ hidden: 8, units: 4, name: 'projector' })),
  ]);
  const parameters = modelParameters(model);
  const trained = namedParameters(model).filter(({ trainable }) => trainable);
  expect(new Set(parameters.map(({ variable }) => variable))).toEqual(new Set(trained.map(({ variable }) => variable)));
  expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
  expect(parameters.length).toBe(trained.length);
  const heads = parameters.filter(({ name }) => /^(fc|reg_conv|projector)\./.test(name));
  const [kept, decayed] = [true, false].map((isExcluded) =>
    heads.flatMap(({ name, variable }) => (normAndBias(name, variable.shape) === isExcluded ? name : [])).sort(),
  );
  expect(decayed).toEqual([
    'fc.0.kernel',
    'fc.2.kernel',
    'projector.0.kernel',
    'projector.2.kernel',
    'reg_conv.0.kernel',
  ]);
  expect(kept).toEqual(
    ['fc.0.bias', 'fc.2.bias', 'projector.0.bias', 'projector.2.bias', 'reg_conv.1.bias', 'reg_conv.1.weight'].sort(),
  );
  model.dispose();
});
