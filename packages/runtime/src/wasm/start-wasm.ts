import { env } from '@tensorflow/tfjs-core';
import { switchBackend } from '../backend-switch.js';
import type { Started } from '../runtime.js';
import { trainOnWasm } from './train-on-wasm.js';

/** Starts tfjs's wasm backend with the gradients that training needs. */
export async function startWasm(): Promise<Started> {
  await importBackend();
  const leave = await switchBackend('wasm', 2);
  const undo = trainOnWasm();
  const simd = await env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    what: `WebAssembly${simd ? ' with SIMD' : ''}, 1 thread`,
    info: { threads: 1 },
    undo: () => {
      undo();
      leave();
    },
  };
}

async function importBackend(): Promise<void> {
  try {
    await import('@tensorflow/tfjs-backend-wasm');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('@tensorflow/tfjs-backend-wasm is not installed (npm install @tensorflow/tfjs-backend-wasm)', {
      cause: error,
    });
  }
}
