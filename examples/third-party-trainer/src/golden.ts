import { infoNCE } from '@hcsc/losses';
import * as tf from '@tensorflow/tfjs-core';

interface Array2D {
  shape: [number, number];
  data: number[];
}

/** What is read of `infonce.json`, numbers of the official code. */
export interface Golden {
  params: Record<string, { T: number }>;
  inputs: Record<string, { q: Array2D; k: Array2D; queue: Array2D }>;
  expected: Record<string, { loss: number; grad_q: Array2D }>;
  tolerance: Record<string, Record<string, number>>;
}

/** How far values are from the expected ones, in units of the tolerance: up to 1 is good. */
function distance(values: ArrayLike<number>, expected: number[], tolerance: number): number {
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  const apart = Math.max(...expected.map((value, i) => Math.abs((values[i] ?? Number.NaN) - value)));
  return apart / (tolerance * (Math.max(...expected.map(Math.abs)) + 0.001));
}

const matrix = ({ shape, data }: Array2D) => tf.tensor2d(data, shape, 'float32');

/** Compares loss and gradient of `infoNCE` with golden numbers; says how far they are apart, throws if it is too far. */
export function checkGolden({ params, inputs, expected, tolerance }: Golden): string[] {
  return Object.keys(expected).map((name) => {
    const { loss, grad_q } = expected[name]!;
    const [value, gradient] = tf.tidy(() => {
      const { q, k, queue } = inputs[name]!;
      const [key, negatives] = [matrix(k), tf.transpose(matrix(queue)) as tf.Tensor2D];
      const { value, grad } = tf.valueAndGrad((query: tf.Tensor) =>
        infoNCE(query as tf.Tensor2D, key, negatives, { temperature: params[name]!.T }),
      )(matrix(q));
      return [value.dataSync(), grad.dataSync()] as const;
    });
    const far = [
      distance(value, [loss], tolerance[name]!.loss!),
      distance(gradient, grad_q.data, tolerance[name]!.grad_q!),
    ];
    const line = `golden ${name}: loss and gradient at ${far.map((one) => one.toFixed(3)).join(' and ')} of the tolerance`;
    if (!far.every((one) => one <= 1)) throw new Error(`${line}: too far`);
    return line;
  });
}
