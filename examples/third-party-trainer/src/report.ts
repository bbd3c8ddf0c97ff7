import * as tf from '@tensorflow/tfjs-core';
import { checkGolden, type Golden } from './golden.js';
import { selectedNegatives } from './selected-negatives.js';
import { others, train } from './train.js';

const steps = 60;
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Trains with all negatives and with selected ones, on the backend that is started, and says what came of it. */
export function report(say: (line: string) => void, golden?: Golden): void {
  const before = tf.memory().numTensors;
  for (const [name, negatives] of [
    ['all others', others],
    ['selected', selectedNegatives(0)],
  ] as const) {
    const losses = train(steps, negatives);
    const [first, last] = [mean(losses.slice(0, 10)), mean(losses.slice(-10))];
    say(`loss, ${name} as negatives: ${first.toFixed(3)} at first, ${last.toFixed(3)} after ${steps} steps`);
    if (!(last < 0.8 * first)) throw new Error('The loss does not fall');
  }
  if (golden) for (const line of checkGolden(golden)) say(line);
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors were left behind`);
}
