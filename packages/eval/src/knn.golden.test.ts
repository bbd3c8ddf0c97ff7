import { goldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { knn } from './index.js';

const golden = loadGolden('knn');
const cases = Object.keys(golden.expected).filter((name) => 'predicted' in golden.expected[name]!);

test('the file has cases', () => expect(cases.length).toBeGreaterThan(0));

describe.each(cases)('%s', (name) => {
  const inputs = golden.inputs[name]!.use === 'shared' ? golden.inputs.shared! : golden.inputs[name]!;
  const expected = golden.expected[name]!;
  const { k, T, classes } = golden.params[name] as Record<string, number>;
  const features = (key: string) => {
    const { shape, data } = goldenTensor(inputs[key]);
    return tensor2d(data, shape as [number, number]);
  };
  const labels = (key: string) => Int32Array.from(goldenTensor(inputs[key]).data);

  // Small blocks, so that merging is tested too.
  test.each([undefined, 7])('in blocks of %s', async (blockSize) => {
    const [train, test]: [Tensor2D, Tensor2D] = [features('train'), features('test')];
    const result = await knn(train, labels('train_labels'), test, labels('test_labels'), {
      k,
      temperature: T,
      classes,
      votes: true,
      ...(blockSize && { blockSize }),
    });
    const predicted = goldenTensor(expected.predicted).data;
    expect(result.predictions.length).toBe(predicted.length);
    result.predictions.forEach((prediction, i) => {
      // The same class, or one with as many votes.
      const share = (label: number) => result.votes![i * classes! + label]!;
      if (prediction !== predicted[i]) expect(share(prediction) - share(predicted[i]!)).toBeLessThan(1e-6);
    });
    expect(100 * result.top1).toBeAllclose(expected.top1 as number, toleranceOf(golden, name, 'top1'));
    expect(100 * result.top5).toBeAllclose(expected.top5 as number, toleranceOf(golden, name, 'top5'));
    expect(result.votes!.subarray(0, classes!)).toBeAllclose(
      goldenTensor(expected.share_of_votes_row0).data,
      toleranceOf(golden, name, 'share_of_votes_row0'),
    );
  });
});
