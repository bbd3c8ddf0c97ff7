export { type CompiledFunction, type CompileOptions, compile } from './compile/compile.js';
export { type InstallOptions, installNativeLibrary } from './native/install.js';
export { type FindOptions, type FoundLibrary, findNativeLibrary } from './native/library.js';
export { NativeLibraryError, type NativeLibraryProblem } from './native/library-error.js';
export { TensorFlowError } from './native/status.js';
export {
  type BackendChoice,
  type Runtime,
  type RuntimeInfo,
  type RuntimeOptions,
  startRuntime,
} from './runtime.js';
export { trainOnWasm } from './wasm/train-on-wasm.js';
