import type { LossUnderTest } from '@hcsc/testing';
import {
  cast,
  concat,
  mul,
  ones,
  pad,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { ViewPairOptions } from './view-pair.js';

type PairLoss = (
  first: Tensor2D,
  second: Tensor2D,
  options: ViewPairOptions<'mean'> | ViewPairOptions<'sum'> | ViewPairOptions<'none'>,
) => Tensor;

/**
 * A loss of two views as one of queries, keys and negatives, for the conformance suite.
 *
 * Each negative is an image of two equal views. Masks leave a query the first views of its negatives only, and every
 * other row nothing, so that its loss is 0 and sums are those of the queries.
 */
export function asInstanceLoss(loss: PairLoss): LossUnderTest {
  return (query, key, negatives, { keep, reduction, temperature }) =>
    tidy(() => {
      const [n, m] = [query.shape[0], negatives.shape[0]];
      if (n === 0) return loss(query, key, {});
      const kept = pad(cast(keep ?? ones([n, m]), 'float32') as Tensor2D, [
        [0, n + 2 * m],
        [n, n + m],
      ]);
      const value = loss(concat([query, negatives]), concat([key, negatives]), {
        keep: kept,
        temperature,
        reduction: reduction as 'none',
      });
      if (reduction === 'none') return slice(value as Tensor1D, 0, n);
      return reduction === 'mean' ? mul(value, (2 * (n + m)) / n) : value;
    });
}
