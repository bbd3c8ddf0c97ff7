import { mlp, resnet, withHead } from '@hcsc/backbones';
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
