import { BatchMatMul, engine, getGradient } from '@tensorflow/tfjs-core';

/**
 * Says what is missing when a gradient is asked for and none is registered: tfjs-core alone has the operations but
 * not their derivatives.
 */
export function requireGradients(loss: string): void {
  if (engine().state.gradientDepth > 0 && getGradient(BatchMatMul) == null) {
    throw new Error(
      `Cannot differentiate ${loss}: no gradients are registered. Import '@tensorflow/tfjs-layers' or ` +
        `'@tensorflow/tfjs' once, at the start of the program`,
    );
  }
}
