export type { ArrayOfDtype, StoredDtype, StoredTensor } from './dtype.js';
export { readSafetensors, type Safetensors } from './read-safetensors.js';
export { SafetensorsError } from './safetensors-error.js';
export { toTensors } from './to-tensors.js';
export { type ReadTorchOptions, readTorch, type TorchFile } from './torch/read-torch.js';
export { TorchFileError } from './torch/torch-file-error.js';
export type { TorchDict, TorchKey, TorchValue } from './torch/torch-value.js';
export { type WriteSafetensorsOptions, writeSafetensors } from './write-safetensors.js';
