import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';

/** A function made a variable while it was traced; nothing has come of it yet. */
export class VariableCreatedError extends Error {
  override readonly name = 'VariableCreatedError';
}

/**
 * Runs a function with tfjs refusing what would go wrong in a trace: variables made and disposed, and
 * `Math.random`, whose numbers would be frozen. Each tensor that is to outlive
 * all scopes (`tf.keep`, and what gradients save) is handed to `keep`. All is put back at the end.
 *
 * @throws VariableCreatedError if the function makes a variable.
 */
export function withTraceGuards<T>(run: () => T, keep: (tensor: Tensor) => void): T {
  const tfjs = engine();
  const { random } = Math;
  // Methods of the one engine there is, put before those of its class.
  const guarded = {
    makeVariable: (_value: Tensor, _trainable?: boolean, name?: string) => {
      throw new VariableCreatedError(
        `Cannot create the variable ${name ?? '(without a name)'} inside a compiled function each time it is traced: create it before, or once at the first call`,
      );
    },
    disposeVariable: (variable: Variable) => {
      throw new Error(`Cannot dispose the variable ${variable.name} inside a compiled function: dispose it outside`);
    },
    keep: <K extends Tensor>(tensor: K): K => {
      keep(tensor);
      return Object.getPrototypeOf(tfjs).keep.call(tfjs, tensor);
    },
  };
  Object.assign(tfjs, guarded);
  Math.random = () => {
    throw new Error(
      'Cannot use Math.random inside a compiled function, its numbers would be the same at every call (tf.randomNormal, tf.randomUniform and dropout layers without a seed use it): draw from an Rng of @hcsc/random, or pass the numbers in',
    );
  };
  try {
    return run();
  } finally {
    Math.random = random;
    for (const method of Object.keys(guarded)) Reflect.deleteProperty(tfjs, method);
  }
}
