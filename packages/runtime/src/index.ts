export {
  type BackendChoice,
  type Runtime,
  type RuntimeInfo,
  type RuntimeOptions,
  startRuntime,
} from './runtime.js';
export { trainOnWasm } from './wasm/train-on-wasm.js';
