import { lars, type Recipe, scaledLearningRate, sgd } from '@hcsc/train';
import { warmedUp } from '../warmed-up.js';

export interface SimclrOptimizerOptions {
  /** LARS's rate for a batch of 256. SimCLR: 0.3 on ImageNet, 1 on CIFAR-10 (the command of its repository). */
  rate?: number;
  /** The smallest batch that LARS is taken for. */
  larsFrom?: number;
  /** Epochs of warm-up; a run of fewer than ten times as many warms up for a tenth of its epochs. SimCLR: 10. */
  warmupEpochs?: number;
}

/**
 * What SimCLR is trained with: LARS for batches of 512 and more, SGD for smaller ones; a linear warm-up, then a cosine.
 *
 * SimCLR (arXiv 2002.05709, section 2.2) takes LARS because momentum SGD may be unstable where the rate grows linearly with
 * a large batch. It takes it for all of its batches, 256 to 8,192; 512 is the smallest that its repository gives a command
 * for. Below that SGD is as stable and needs no trust ratios, and small data sets are usually trained with it: the rate,
 * 0.06 for a batch of 128, and the weight decay, 5e-4, are those of lightly's SimCLR on CIFAR-10.
 *
 * LARS has SimCLR's weight decay, 1e-6, and its trust coefficient, 0.001, over the norm of gradient and decay together;
 * neither reaches batch norm and biases. Both rates grow linearly with the batch.
 *
 * @example
 * ```ts
 * const recipe = defineRecipe({ ...others, batchSize: 1024, ...simclrOptimizer(1024) });
 * ```
 */
export function simclrOptimizer(
  batchSize: number,
  { rate = 0.3, larsFrom = 512, warmupEpochs = 10 }: SimclrOptimizerOptions = {},
): Pick<Recipe, 'optimizer' | 'schedule'> {
  const optimizer =
    batchSize >= larsFrom
      ? lars({ learningRate: scaledLearningRate(rate, batchSize), weightDecay: 1e-6, norm: 'sum' })
      : sgd({ learningRate: scaledLearningRate(0.06, batchSize, { per: 128 }), weightDecay: 5e-4 });
  return { optimizer, schedule: warmedUp(warmupEpochs) };
}
