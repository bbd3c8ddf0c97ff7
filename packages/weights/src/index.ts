export type { ArrayOfDtype, StoredDtype, StoredTensor } from './dtype.js';
export { readSafetensors, type Safetensors } from './read-safetensors.js';
export { SafetensorsError } from './safetensors-error.js';
export { toTensors } from './to-tensors.js';
export { type WriteSafetensorsOptions, writeSafetensors } from './write-safetensors.js';
