import {
  dispose,
  grads,
  io,
  memory,
  mul,
  ones,
  type Scalar,
  sum,
  type Tensor,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { BatchNorm, type BatchNormOptions, batchNorm } from './batch-norm.js';
import { registerLayers } from './register-layers.js';
import { noiseTensor, slowBatchNorm, slowGradient } from './testing/loops.js';

function modelOf(shape: number[], options: BatchNormOptions = {}): LayersModel {
  const x = input({ shape });
  return model({ inputs: x, outputs: batchNorm(options).apply(x) as SymbolicTensor });
}

/** Scale, offset, running mean and running variance, downloaded. */
const weightsOf = (m: LayersModel) => m.getWeights().map((w) => Array.from(w.dataSync()));
const filled = (length: number, value: number) => new Array<number>(length).fill(value);

describe('batchNorm', () => {
  it.each([{ shape: [6, 3] }, { shape: [3, 4, 5, 2] }])(
    'averages running statistics as PyTorch does, $shape',
    ({ shape }) => {
      const before = memory().numTensors;
      const m = modelOf(shape.slice(1), { momentum: 0.3, epsilon: 1e-3 });
      const channels = shape.at(-1)!;
      const count = shape.reduce((a, b) => a * b, 1) / channels;
      let [runningMean, runningVariance] = [filled(channels, 0), filled(channels, 1)];
      for (const seed of [1, 2, 3]) {
        tidy(() => {
          const x = noiseTensor(shape, seed);
          const slow = slowBatchNorm(x.dataSync(), filled(channels, 1), filled(channels, 0), 1e-3);
          expect(m.apply(x, { training: true }) as Tensor).toBeAllclose({ shape, data: slow.y });
          runningMean = runningMean.map((r, c) => 0.7 * r + 0.3 * slow.mean[c]!);
          runningVariance = runningVariance.map((r, c) => 0.7 * r + (0.3 * slow.variance[c]! * count) / (count - 1));
          expect(weightsOf(m)[2]).toBeAllclose(runningMean);
          expect(weightsOf(m)[3]).toBeAllclose(runningVariance);
        });
      }
      tidy(() => {
        const x = noiseTensor(shape, 9);
        const expected = x
          .dataSync()
          .map((v, i) => (v - runningMean[i % channels]!) / Math.sqrt(runningVariance[i % channels]! + 1e-3));
        expect(m.predict(x) as Tensor).toBeAllclose({ shape, data: expected });
        expect(weightsOf(m)[2]).toBeAllclose(runningMean);
      });
      m.dispose();
      expect(memory().numTensors).toBe(before);
    },
  );

  it('has the gradient of the running statistics when it does not train', () => {
    const m = modelOf([2, 2, 3]);
    tidy(() => {
      const x = noiseTensor([2, 2, 2, 3], 1);
      m.apply(noiseTensor([2, 2, 2, 3], 2), { training: true });
      const [, , mean, variance] = weightsOf(m);
      const loss = (at: ArrayLike<number>) =>
        Array.from(at).reduce(
          (total, v, i) => total + ((v - mean![i % 3]!) / Math.sqrt(variance![i % 3]! + 1e-5)) ** 2,
          0,
        );
      const [dx] = grads((x) => {
        const y = m.apply(x as Tensor) as Tensor;
        return sum(mul(y, y)) as Scalar;
      })([x]);
      expect(dx).toBeAllclose({ shape: x.shape, data: slowGradient(loss, x.dataSync()) }, 1e-4);
    });
    m.dispose();
  });

  it('normalises each part of a split batch by itself', () => {
    const shape = [6, 2, 2, 3];
    const m = modelOf(shape.slice(1), { splits: 2 });
    const before = memory().numTensors;
    tidy(() => {
      const x = noiseTensor(shape, 4);
      const data = x.dataSync();
      // Image n is in part n mod 2; an image has four rows of three channels.
      const parts = [0, 1].map((part) =>
        slowBatchNorm(data, [1, 1, 1], [0, 0, 0], 1e-5, (row) => Math.floor(row / 4) % 2 === part),
      );
      const expected = data.map((_, i) => parts[Math.floor(i / 12) % 2]!.y[i]!);
      expect(m.apply(x, { training: true }) as Tensor).toBeAllclose({ shape, data: expected });
      const average = (of: (part: (typeof parts)[number], c: number) => number) =>
        [0, 1, 2].map((c) => (of(parts[0]!, c) + of(parts[1]!, c)) / 2);
      const [, , mean, variance] = weightsOf(m);
      expect(mean).toBeAllclose(average(({ mean }, c) => 0.1 * mean[c]!));
      expect(variance).toBeAllclose(average(({ variance }, c) => 0.9 + (0.1 * variance[c]! * 12) / 11));
    });
    expect(memory().numTensors).toBe(before);
    m.dispose();
  });

  it.each([[[6, 2]], [[4, 3, 2, 2]]])('has the gradient of a split batch at %j', (shape) => {
    const m = modelOf(shape.slice(1), { splits: 2 });
    const pixels = shape.slice(1, -1).reduce((product, size) => product * size, 1);
    tidy(() => {
      const x = noiseTensor(shape, 5);
      const weights = noiseTensor(shape, 6);
      const w = weights.dataSync();
      const loss = (at: ArrayLike<number>) =>
        [0, 1].reduce((total, part) => {
          const own = (row: number) => Math.floor(row / pixels) % 2 === part;
          const { y } = slowBatchNorm(at, [1, 1], [0, 0], 1e-5, own);
          return total + y.reduce((sum, y, i) => sum + y * w[i]!, 0);
        }, 0);
      const [dx] = grads((x) => sum(mul(m.apply(x as Tensor, { training: true }) as Tensor, weights)))([x]);
      expect(dx).toBeAllclose({ shape, data: slowGradient(loss, x.dataSync()) }, 1e-3);
    });
    m.dispose();
  });

  it('keeps using the batch when it is frozen, as module.train() does', () => {
    const m = modelOf([3]);
    m.trainable = false;
    tidy(() => {
      const y = m.apply(noiseTensor([8, 3], 1), { training: true }) as Tensor;
      expect(sum(y, 0)).toBeAllclose(zeros([3]), 0.01);
      expect(weightsOf(m).at(-1)).not.toBeAllclose([1, 1, 1]);
    });
    m.dispose();
  });

  it('is saved and loaded with its weights and options', async () => {
    const m = modelOf([3], { momentum: 0.25, epsilon: 0.5, splits: 2, name: 'bn' });
    dispose(m.apply(noiseTensor([4, 3], 1), { training: true }) as Tensor);
    let saved: io.ModelArtifacts | undefined;
    await m.save(
      io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    registerLayers();
    const loaded = await loadLayersModel(
      io.fromMemory({ ...saved, modelTopology: JSON.parse(JSON.stringify(saved!.modelTopology)) }),
    );
    expect(loaded.layers.at(-1)).toBeInstanceOf(BatchNorm);
    expect(loaded.layers.at(-1)!.getConfig()).toMatchObject({ momentum: 0.25, epsilon: 0.5, splits: 2 });
    expect(weightsOf(loaded)).toEqual(weightsOf(m));
    const x = noiseTensor([4, 3], 2);
    const [a, b] = [m, loaded].map((each) => each.apply(x, { training: true }) as Tensor);
    expect(a!).toBeAllclose(b!, 0);
    m.dispose();
    loaded.dispose();
  });

  it('refuses options out of range and shapes it does not know', () => {
    expect(() => batchNorm({ momentum: 1.5 })).toThrow(/momentum 1.5: give a number from 0 to 1/);
    expect(() => batchNorm({ epsilon: 0 })).toThrow(RangeError);
    expect(() => batchNorm({ splits: 0 })).toThrow(/0 parts: give an integer of at least 1/);
    expect(() => batchNorm().apply(input({ shape: [null] }))).toThrow(/with C known/);
    const m = modelOf([3], { splits: 3 });
    const before = memory().numTensors;
    const [ragged, lone] = [ones([4, 3]), ones([3, 3])];
    expect(() => m.apply(ragged, { training: true })).toThrow(/batch of 4 into 3 equal parts/);
    expect(() => m.apply(lone, { training: true })).toThrow(/Expected more than 1 value per channel/);
    dispose([ragged, lone]);
    expect(memory().numTensors).toBe(before);
    m.dispose();
  });
});
