export {
  type BackboneTensors,
  type BackboneTensorsOptions,
  backboneTensors,
  type DropReason,
} from './backbone/backbone-tensors.js';
export { type ExportBackboneOptions, exportBackbone } from './backbone/export-backbone.js';
export {
  type ImportBackboneOptions,
  type ImportedBackbone,
  type ImportReport,
  importBackbone,
} from './backbone/import-backbone.js';
export { type TensorsBehind, tensorsBehind } from './backbone/tensors-behind.js';
export type { WeightsKind } from './backbone/weights-kind.js';
export type { ArrayOfDtype, StoredDtype, StoredTensor } from './dtype.js';
export { loadHierarchy } from './hierarchy/load-hierarchy.js';
export { saveHierarchy } from './hierarchy/save-hierarchy.js';
export {
  type InspectWeightsOptions,
  inspectWeights,
  type TensorInfo,
  type WeightsInspection,
} from './inspect-weights.js';
export { LayersModelError } from './layers-model/layers-model-error.js';
export { readLayersModel } from './layers-model/read-layers-model.js';
export { saveLayersModel } from './layers-model/save-layers-model.js';
export { openSafetensors, type SafetensorsFile } from './open-safetensors.js';
export { loadPairs, type SavedPairs } from './pairs/load-pairs.js';
export { type SavePairsOptions, savePairs } from './pairs/save-pairs.js';
export { readSafetensors, type Safetensors } from './read-safetensors.js';
export { SafetensorsError } from './safetensors-error.js';
export { toTensors } from './to-tensors.js';
export { type ReadTorchOptions, readTorch, type TorchFile } from './torch/read-torch.js';
export { TorchFileError } from './torch/torch-file-error.js';
export type { TorchDict, TorchKey, TorchSkipped, TorchValue } from './torch/torch-value.js';
export type { TorchPlainDict, TorchPlainValue } from './torch/write-pickle.js';
export { type WriteTorchOptions, writeTorch } from './torch/write-torch.js';
export { writeFileAtomically } from './write-file-atomically.js';
export { type WriteSafetensorsOptions, writeSafetensors } from './write-safetensors.js';
