import { type ProjectionHead, withHead } from '@hcsc/backbones';
import { ntXent } from '@hcsc/losses';
import { compile } from '@hcsc/runtime';
import type { MinedPairs } from '@hcsc/samplers';
import { type Method, modelParameters, modelTensors, restoreModel } from '@hcsc/train';
import {
  cast,
  concat,
  div,
  eye,
  greater,
  matMul,
  max,
  mean,
  mul,
  type Scalar,
  split,
  sub,
  sum,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { l2Normalize } from '../l2-normalize.js';
import { type PartnerRule, partnersInBatch } from '../partners-in-batch.js';
import { requireTensors } from '../require-tensors.js';

export interface SimclrOptions {
  encoder: LayersModel;
  head: ProjectionHead;
  /** SimCLR: 0.1 on ImageNet, 0.5 on CIFAR-10. */
  temperature?: number;
  /** Semantic positive pairs that are in the training set (SPPS); null without. */
  pairs?: MinedPairs | null;
  /** What an image's semantic partners are in a batch, besides the one it comes with: not there, or positives as well. */
  partners?: PartnerRule;
}

/** SimCLR (arXiv 2002.05709): two views of each image are each other's positives, all other views of the batch negatives. */
export function simclr({
  encoder,
  head,
  temperature = 0.1,
  pairs = null,
  partners = 'absent',
}: SimclrOptions): Method<{ keep?: Tensor2D; positives?: Tensor2D }> {
  const model = withHead(encoder, head);
  const batchPartners = partnersInBatch(pairs);
  const embed = compile((images: Tensor4D) => l2Normalize(model.predict(images) as Tensor2D));
  return {
    name: 'simclr',
    views: 2,
    encoder,
    parameters: modelParameters(model),
    options: { temperature, ...(pairs && { partners }) },
    embed,
    targets: (_, { indices, keyIndices }): { keep?: Tensor2D; positives?: Tensor2D } =>
      tidy(() => {
        const rows = concat([indices, keyIndices]);
        const together = batchPartners.mask(rows, rows);
        if (!together) return {};
        if (partners === 'absent') return { keep: sub<Tensor2D>(1, together) };
        return { positives: mul<Tensor2D>(together, sub(1, eye(rows.size))) };
      }),
    loss([first, second], { keep, positives }) {
      // Both views in one batch, so that batch norm cannot tell them apart.
      const rows = l2Normalize(model.apply(concat([first!, second!]), { training: true }) as Tensor2D);
      const [one, other] = split(rows, 2) as [Tensor2D, Tensor2D];
      const total = ntXent(one, other, { temperature, keep, positives, check: false });
      return { total, parts: similarities(one, other), features: one };
    },
    state: () => ({ tensors: modelTensors(model, ''), values: {} }),
    restore({ tensors }) {
      requireTensors(tensors, modelTensors(model, ''));
      restoreModel(model, tensors, '');
    },
    dispose() {
      embed.dispose();
      batchPartners.dispose();
      model.dispose();
    },
  };
}

/** How near views are to their other view, and to those of other images. */
function similarities(first: Tensor2D, second: Tensor2D): Record<'accuracy' | 'positive' | 'negative', Scalar> {
  return tidy(() => {
    const n = first.shape[0];
    const own = sum(mul(first, second), 1) as Tensor2D;
    // Neither itself nor its other view: cosines are at least −1.
    const others = sub(matMul(first, concat([first, second]), false, true), mul(3, concat([eye(n), eye(n)], 1)));
    const negatives = sub(sum(mul(sum(first, 0), sum(second, 0))), sum(own));
    return {
      accuracy: mean(cast(greater(own, max(others, 1)), 'float32')) as Scalar,
      positive: mean(own) as Scalar,
      negative: div(negatives, n * (n - 1)) as Scalar,
    };
  });
}
