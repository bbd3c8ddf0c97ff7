import {
  add,
  dispose,
  getBackend,
  getKernel,
  grads,
  memory,
  mul,
  registerKernel,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  unregisterKernel,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { batchNormTraining } from './batch-norm-training.js';
import { noise, noiseTensor, slowBatchNorm, slowGradient } from './testing/loops.js';

const shapes = [
  [6, 3],
  [2, 5, 3],
  [3, 4, 5, 2],
  [1, 3, 3, 4],
  [4, 1, 1, 3],
];
const channelsOf = (shape: number[]) => shape.at(-1)!;
const parameters = (channels: number) => ({
  scale: noise(channels, 8).map((v) => 1 + v / 2),
  offset: noise(channels, 9),
});

describe('batchNormTraining', () => {
  it.each(shapes.map((shape) => ({ shape })))('normalises $shape by the statistics of its channels', ({ shape }) => {
    const { scale, offset } = parameters(channelsOf(shape));
    const before = memory().numTensors;
    tidy(() => {
      const x = add(mul(noiseTensor(shape, 1), 3), 5);
      const slow = slowBatchNorm(x.dataSync(), scale, offset, 1e-3);
      const { y, mean, variance } = batchNormTraining(x, tensor1d(scale), tensor1d(offset), 1e-3);
      expect(y).toBeAllclose({ shape, data: slow.y });
      expect(mean).toBeAllclose(slow.mean);
      expect(variance).toBeAllclose(slow.variance);
    });
    expect(memory().numTensors).toBe(before);
  });

  it.each(shapes.map((shape) => ({ shape })))('has the gradient of finite differences at $shape', ({ shape }) => {
    const { scale, offset } = parameters(channelsOf(shape));
    const before = memory().numTensors;
    tidy(() => {
      const x = noiseTensor(shape, 2);
      const weights = noiseTensor(shape, 3);
      const w = weights.dataSync();
      const loss = (x: ArrayLike<number>, scale: ArrayLike<number>, offset: ArrayLike<number>) =>
        slowBatchNorm(x, scale, offset, 1e-3).y.reduce((total, y, i) => total + y * w[i]!, 0);
      const [dx, dscale, doffset] = grads((x, scale, offset) =>
        sum(mul(batchNormTraining(x as Tensor, scale as Tensor, offset as Tensor, 1e-3).y, weights)),
      )([x, tensor1d(scale), tensor1d(offset)]);
      const data = x.dataSync();
      expect(dx).toBeAllclose({ shape, data: slowGradient((at) => loss(at, scale, offset), data) }, 1e-4);
      expect(dscale).toBeAllclose(
        slowGradient((at) => loss(data, at, offset), scale),
        1e-4,
      );
      expect(doffset).toBeAllclose(
        slowGradient((at) => loss(data, scale, at), offset),
        1e-4,
      );
    });
    expect(memory().numTensors).toBe(before);
  });

  it('keeps the variance of channels far from zero', () => {
    tidy(() => {
      const x = add(noiseTensor([64, 4, 4, 2], 5), 100);
      const slow = slowBatchNorm(x.dataSync(), [1, 1], [0, 0], 1e-5);
      const { variance } = batchNormTraining(x, tensor1d([1, 1]), tensor1d([0, 0]));
      expect(variance).toBeAllclose(slow.variance, 1e-4);
    });
  });

  it('hands its results to the caller, inside and outside a gradient', () => {
    const x = noiseTensor([4, 2, 2, 3], 1);
    const scale = variable(tensor1d([1, 2, 3]));
    const offset = tensor1d([0, 0, 0]);
    const before = memory().numTensors;
    dispose(batchNormTraining(x, scale, offset) as never);
    expect(memory().numTensors).toBe(before);
    const { value, grads } = variableGrads(() => {
      const { y, mean } = batchNormTraining(x, scale, offset);
      expect(mean.dataSync()).toHaveLength(3);
      return sum(mul(y, y));
    }, [scale]);
    expect(memory().numTensors).toBe(before + 2);
    dispose([value, ...Object.values(grads), x, offset, scale]);
  });

  it('takes the kernels of a backend that has them', () => {
    const backendName = getBackend();
    const kept = ['BatchNormTraining', 'BatchNormTrainingGrad'].map((name) => getKernel(name, backendName));
    const calls: unknown[] = [];
    const fake = (kernelName: string, outputs: (inputs: Record<string, Tensor>) => Tensor[]) => {
      if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
      registerKernel({
        kernelName,
        backendName,
        kernelFunc: ({ inputs, attrs }) => {
          const tensors = inputs as unknown as Record<string, Tensor>;
          calls.push([kernelName, tensors.x!.shape, attrs]);
          return outputs(tensors);
        },
      });
    };
    try {
      fake('BatchNormTraining', ({ x, scale }) => [mul(x!, 2), mul(scale!, 3), mul(scale!, 5)]);
      fake('BatchNormTrainingGrad', ({ dy, mean, variance }) => [mul(dy!, 7), mul(mean!, 2), mul(variance!, 2)]);
      const before = memory().numTensors;
      tidy(() => {
        const x = noiseTensor([6, 3], 1);
        const run = (x: Tensor, s: Tensor, o: Tensor) => batchNormTraining(x, s, o, 0.25);
        const { y, mean, variance } = run(x, tensor1d([1, 2, 3]), zeros([3]));
        expect(y).toBeAllclose(mul(x, 2));
        expect(mean).toBeAllclose([3, 6, 9]);
        expect(variance).toBeAllclose([5, 10, 15]);
        const [dx, dscale, doffset] = grads((x, s, o) => sum(run(x as Tensor, s as Tensor, o as Tensor).y))([
          x,
          tensor1d([1, 2, 3]),
          zeros([3]),
        ]);
        expect(dx).toBeAllclose({ shape: [6, 3], data: new Array(18).fill(7) });
        expect(dscale).toBeAllclose([6, 12, 18]);
        expect(doffset).toBeAllclose([10, 20, 30]);
      });
      expect(memory().numTensors).toBe(before);
      expect(calls).toEqual([
        ['BatchNormTraining', [6, 1, 1, 3], { epsilon: 0.25 }],
        ['BatchNormTraining', [6, 1, 1, 3], { epsilon: 0.25 }],
        ['BatchNormTrainingGrad', [6, 1, 1, 3], { epsilon: 0.25 }],
      ]);
    } finally {
      for (const name of ['BatchNormTraining', 'BatchNormTrainingGrad']) unregisterKernel(name, backendName);
      for (const kernel of kept) if (kernel) registerKernel(kernel);
    }
  });

  it('lets no gradient through its statistics', () => {
    tidy(() => {
      const x = noiseTensor([4, 2], 1);
      const [dx] = grads((x) => {
        const { y, mean } = batchNormTraining(x as Tensor, tensor1d([1, 1]), tensor1d([0, 0]));
        return add(sum(y), mul(sum(mean), 1000));
      })([x]);
      expect(dx).toBeAllclose(zeros([4, 2]), 0.01);
    });
  });

  it('refuses what it cannot normalise, and leaves nothing behind', () => {
    const [one, two] = [tensor1d([1]), tensor1d([1, 1])];
    const lone = noiseTensor([1, 1, 1, 2], 1);
    const flat = noiseTensor([2], 1);
    const whole = zeros([4, 2], 'int32');
    const before = memory().numTensors;
    expect(() => batchNormTraining(lone, two, two)).toThrow(
      /Expected more than 1 value per channel when training, got an input of shape \[1,1,1,2\]/,
    );
    expect(() => batchNormTraining(flat, two, two)).toThrow(RangeError);
    expect(() => batchNormTraining(lone, one, two)).toThrow(/Cannot normalise 2 channels with scale of shape \[1\]/);
    expect(() => batchNormTraining(whole, two, two)).toThrow(/dtype int32: needed float32/);
    expect(memory().numTensors).toBe(before);
    dispose([one, two, lone, flat, whole]);
  });
});
