import { initializers, layers } from '@tensorflow/tfjs-layers';
import { sizeOf } from '../dtype.js';

/** The method that every layer makes its weights with, which TensorFlow.js declares for layers only. */
interface WeightMaker {
  addWeight(name: string, shape: readonly number[], dtype: unknown, initializer: unknown, ...rest: unknown[]): unknown;
}

const maker = layers.Layer.prototype as unknown as WeightMaker;
// Taken once: of two models that are read at the same time, the second would take the first one's for it.
const { addWeight } = maker;

/**
 * From now until the code that runs has come to its first await, layers make weights of at most `values` values, all
 * together and with zeros for their initial values: a short topology can ask for any amount of memory, and for
 * initial values that take hours.
 */
export function withinWeights(values: number): void {
  let left = values;
  maker.addWeight = function (this: WeightMaker & { name: string }, name, shape, dtype, _, ...rest) {
    left -= sizeOf(shape);
    // Not less than 0 either: a dimension that is no number makes it NaN.
    if (!(left >= 0)) {
      throw new RangeError(`its layers have more values than its weights, ${values}: ${this.name} asks for [${shape}]`);
    }
    return addWeight.call(this, name, shape, dtype, initializers.zeros(), ...rest);
  };
  queueMicrotask(() => {
    maker.addWeight = addWeight;
  });
}
