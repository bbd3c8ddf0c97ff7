import { infoNCE } from '@hcsc/losses';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { numbers, size, twoViews } from './gratings.js';

/** Which of a batch's other images are negatives of each: a keep-mask `[N, N]` of 0 and 1. */
export type Negatives = (anchors: tf.Tensor2D, candidates: tf.Tensor2D) => tf.Tensor2D;

/** All but the image itself. */
export const others: Negatives = (anchors) => tf.sub(1, tf.eye(anchors.shape[0]));

/** A network as TensorFlow.js users write them. */
function makeEncoder(): tfl.Sequential {
  const weights = (seed: number) => tfl.initializers.glorotUniform({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.dense({
        inputShape: [size * size],
        units: 64,
        activation: 'relu',
        kernelInitializer: weights(1),
      }),
      tfl.layers.dense({ units: 16, kernelInitializer: weights(2) }),
    ],
  });
}

/** Rows of length 1. */
function unit(rows: tf.Tensor): tf.Tensor2D {
  return tf.div(rows, tf.sqrt(tf.sum(tf.square(rows), 1, true)));
}

/** Trains for some steps with Adam and returns the loss of each. */
export function train(steps: number, negatives: Negatives = others): number[] {
  const encoder = makeEncoder();
  const optimizer = tf.train.adam(0.005);
  const next = numbers(0);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const [first, second] = twoViews(32, next);
    const cost = optimizer.minimize(() => {
      const anchors = unit(encoder.apply(first) as tf.Tensor);
      const positives = unit(encoder.apply(second) as tf.Tensor);
      return infoNCE(anchors, positives, positives, {
        keep: negatives(anchors, positives),
        temperature: 0.2,
      });
    }, true)!;
    losses.push(cost.dataSync()[0]!);
    tf.dispose([first, second, cost]);
  }
  optimizer.dispose();
  encoder.dispose();
  return losses;
}
