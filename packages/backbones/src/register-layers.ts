import { BatchNorm } from './batch-norm.js';
import { Hypercolumns } from './hypercolumns.js';

/**
 * Makes the layers of this package known to TensorFlow.js.
 *
 * Building one does it as well; call this before `loadLayersModel` in a program that has built none yet.
 *
 * @example
 * ```ts
 * registerLayers();
 * const backbone = await tf.loadLayersModel('indexeddb://backbone');
 * ```
 */
export function registerLayers(): void {
  BatchNorm.register();
  Hypercolumns.register();
}
