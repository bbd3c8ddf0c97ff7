import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { OpAttribute } from './native/attributes.js';
import type { NativeBinding, TensorMetadata } from './native/binding.js';

/** tfjs-node's backend: what its kernels run operations through. */
export interface TensorFlowBackend extends KernelBackend {
  readonly binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  /** The ids of tensors in the binding; values that are still on the host are uploaded. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  /** The tensor for one of the binding, in the current scope. */
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: TensorInfo[], outputs: number): Tensor[];
}

interface TfjsNode {
  readonly NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => TensorFlowBackend;
}

/**
 * Loads the JavaScript half of tfjs-node; the first call registers its kernels for the backend `tensorflow`.
 *
 * @throws Error if the bundle has not been made, with the command that makes it.
 */
export function loadTfjsNode(): TfjsNode {
  // One folder up from this file, both in the sources and in the built package.
  const bundle = new URL('../vendor/tfjs-node.cjs', import.meta.url);
  try {
    return createRequire(import.meta.url)(fileURLToPath(bundle)) as TfjsNode;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(
      `tfjs-node's kernels are not bundled at ${fileURLToPath(bundle)}: run node packages/runtime/scripts/vendor.mjs`,
      { cause: error },
    );
  }
}
