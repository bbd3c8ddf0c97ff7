import { assemble, type FunctionSource } from '@hcsc/simd';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { batchNormFunctions } from './batch-norm.js';
import { convolve } from './convolve.js';
import { filterGradient } from './filter-gradient.js';
import { reluGrad } from './relu-grad.js';

const sources = { convolve, filterGradient, reluGrad, ...batchNormFunctions };

type Callable<Source> =
  Source extends FunctionSource<infer Parameter> ? (values: Readonly<Record<Parameter, number>>) => void : never;

/** Our own functions on the memory of a wasm backend, called with whole numbers by name; pointers are in bytes. */
export type SimdFunctions = { readonly [Name in keyof typeof sources]: Callable<(typeof sources)[Name]> };

/** By the module of tfjs's backend: a new one comes with a new memory. */
const instances = new WeakMap<object, SimdFunctions>();

/**
 * Our own functions on the memory of a backend; made at the first call.
 *
 * @throws Error if the memory is not where backends of version 4 keep it.
 */
export function simdFunctions({ wasm }: BackendWasm): SimdFunctions {
  let functions = instances.get(wasm);
  if (functions === undefined) {
    functions = instantiate(memoryOf(wasm));
    instances.set(wasm, functions);
  }
  return functions;
}

/** What Emscripten's modules have beside their types: with threads the memory itself, without the module's exports. */
interface EmscriptenModule {
  readonly wasmMemory?: WebAssembly.Memory;
  readonly asm?: { readonly memory?: WebAssembly.Memory };
}

function memoryOf(module: object): WebAssembly.Memory {
  const { wasmMemory, asm } = module as EmscriptenModule;
  const memory = wasmMemory ?? asm?.memory;
  if (!(memory instanceof WebAssembly.Memory)) {
    throw new Error('Cannot reach the memory of the wasm backend: needed @tensorflow/tfjs-backend-wasm 4.22');
  }
  return memory;
}

function instantiate(memory: WebAssembly.Memory): SimdFunctions {
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const module = new WebAssembly.Module(assemble(sources, shared));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const entries = Object.entries<FunctionSource>(sources).map(([name, { parameters }]) => {
    const call = exports[name] as (...values: number[]) => void;
    return [name, (values: Record<string, number>) => call(...parameters.map((parameter) => values[parameter]!))];
  });
  return Object.fromEntries(entries) as SimdFunctions;
}
