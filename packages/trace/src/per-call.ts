import { type Scalar, scalar, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { currentTracer } from './tracer.js';

const countOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/**
 * A tensor of values from the host: of now, or of each call of the function that is being compiled.
 *
 * Without a compiler it is an ordinary tensor. While a function is traced, `read` does not run; the compiled function
 * runs it at each of its calls, in order with the other reads and actions.
 *
 * @param shape Shape of the tensor.
 * @param read Gives as many values as the shape holds: a Float32Array, or an Int32Array for int32.
 * @returns A tensor that the caller disposes.
 * @throws RangeError if `read` gives another number of values, TypeError if another kind of array; inside a compiled function, at the call.
 *
 * @example
 * ```ts
 * const noise = perCallTensor([2], () => Float32Array.of(rng.normal(), rng.normal()));
 * ```
 */
export function perCallTensor(
  shape: readonly number[],
  read: () => Float32Array | Int32Array,
  dtype: 'float32' | 'int32' = 'float32',
): Tensor {
  const values = () => {
    const given = read();
    const wanted = dtype === 'int32' ? Int32Array : Float32Array;
    if (!(given instanceof wanted)) {
      throw new TypeError(
        `A ${dtype} tensor is read from ${wanted.name}s, got ${Object.prototype.toString.call(given)}`,
      );
    }
    if (given.length !== countOf(shape)) {
      throw new RangeError(`Cannot fill shape [${shape}] with ${given.length} values: needed ${countOf(shape)}`);
    }
    return given;
  };
  const tracer = currentTracer();
  return tracer ? tracer.tensor([...shape], dtype, values) : tensor(values(), [...shape], dtype);
}

/**
 * A scalar from the host: of now, or of each call of the function that is being compiled.
 *
 * @param read Gives the number.
 * @returns A scalar that the caller disposes.
 *
 * @example
 * ```ts
 * const rate = perCall(() => schedule(step));
 * ```
 */
export function perCall(read: () => number, dtype: 'float32' | 'int32' = 'float32'): Scalar {
  const tracer = currentTracer();
  if (!tracer) return scalar(read(), dtype);
  const values = dtype === 'int32' ? () => Int32Array.of(read()) : () => Float32Array.of(read());
  return tracer.tensor([], dtype, values) as Scalar;
}
