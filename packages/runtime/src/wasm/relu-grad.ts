import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { blockOf } from './scratch.js';
import { simdFunctions } from './simd/functions.js';

/** `dy` where `x` is above 0, else 0: one operation in place of two. */
export const reluGradKernel: KernelConfig = {
  kernelName: 'ReluGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend }) => {
    const wasm = backend as BackendWasm;
    const dx = wasm.makeOutput(inputs.x!.shape, 'float32');
    const [dy, x, result] = [inputs.dy as TensorInfo, inputs.x as TensorInfo, dx].map((info) => blockOf(wasm, info));
    const values = result!.values();
    const whole = values.length - (values.length % 4);
    simdFunctions(wasm).reluGrad({ dy: dy!.pointer, x: x!.pointer, dx: result!.pointer, bytes: 4 * whole });
    for (let i = whole; i < values.length; i++) values[i] = x!.values()[i]! > 0 ? dy!.values()[i]! : 0;
    return dx;
  },
};
