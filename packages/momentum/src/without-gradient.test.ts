import { add, grads, memory, mul, square, sum, type Tensor, tensor1d, tidy, valueAndGrad } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { withoutGradient } from './without-gradient.js';

it('is a constant to the gradient around it', () => {
  const before = memory().numTensors;
  tidy(() => {
    const [dx] = grads((x) =>
      sum(
        mul(
          x as Tensor,
          withoutGradient(() => square(x as Tensor)),
        ),
      ),
    )([tensor1d([1, 2, 3])]);
    expect(dx).toBeAllclose([1, 4, 9]);
    const both = (x: Tensor) => withoutGradient(() => [square(x), mul(x, 3)]);
    const { value, grad } = valueAndGrad((x) => {
      const [first, second] = both(x as Tensor);
      return sum(mul(x as Tensor, add(first!, second!)));
    })(tensor1d([1, 2]));
    expect(value).toBeAllclose(4 + 20);
    expect(grad).toBeAllclose([4, 10]);
  });
  expect(memory().numTensors).toBe(before);
});

it('hands over what it computes, and leaves nothing behind when it throws', () => {
  const x = tensor1d([1, 2]);
  const before = memory().numTensors;
  const results = withoutGradient(() => [square(x), mul(x, 3), mul(x, 4)]);
  expect(results.map((t) => Array.from(t.dataSync()))).toEqual([
    [1, 4],
    [3, 6],
    [4, 8],
  ]);
  expect(memory().numTensors).toBe(before + 3);
  for (const t of results) t.dispose();
  const failing = () => {
    square(x);
    throw new Error('no');
  };
  expect(() => withoutGradient(failing as () => Tensor)).toThrow('no');
  expect(memory().numTensors).toBe(before);
  x.dispose();
});
