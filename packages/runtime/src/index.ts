export { type CompiledFunction, type CompileOptions, compile } from './compile/compile.js';
export {
  type DiagnosedLibrary,
  type DiagnosedNative,
  diagnoseRuntime,
  type RuntimeDiagnosis,
  type RuntimePeer,
} from './diagnosis/diagnose-runtime.js';
export type { Finding } from './diagnosis/finding.js';
export type { Processor } from './diagnosis/processor.js';
export type { GpuOptions, ThreadOptions } from './native/config-proto.js';
export type { FindOptions, LibraryCandidate, LibrarySource } from './native/find/candidates.js';
export { type FoundLibrary, findNativeLibrary } from './native/find/find-native-library.js';
export { type InstallOptions, installNativeLibrary } from './native/install/install-native-library.js';
export type { InstallProgress } from './native/install/install-progress.js';
export { NativeLibraryError, type NativeLibraryProblem } from './native/library-error.js';
export { TensorFlowError } from './native/status.js';
export { trainOnNative } from './native/train-on-native.js';
export {
  type BackendChoice,
  type Runtime,
  type RuntimeInfo,
  type RuntimeOptions,
  startRuntime,
} from './runtime.js';
export { trainOnWasm } from './wasm/train-on-wasm.js';
