export { type Checkpoint, type RunPosition, readCheckpoint, writeCheckpoint } from './checkpoint.js';
export { evaluationView, type Preparation } from './evaluation-view.js';
export { type EpochRecord, jsonLines, type Logger, type LogRecord, type StepRecord } from './json-lines.js';
export { readLayersModel, saveLayersModel } from './layers-model-files.js';
export type {
  EpochContext,
  Method,
  MethodBatch,
  MethodContext,
  MethodLoss,
  MethodState,
  Parameter,
} from './method.js';
export { modelParameters, modelTensors, restoreModel } from './model-parameters.js';
export { buildMethod, type PretrainOptions, type PretrainResult, pretrain } from './pretrain.js';
export { duration, type ProgressOptions, progressLog } from './progress-log.js';
export { applySettings, assertRecipe, defineRecipe, type Recipe, type RecipeData, type Settings } from './recipe.js';
export { type CosineOptions, constant, cosine, type Progress, type Schedule } from './schedule.js';
export { type Optimizer, type OptimizerFactory, type SgdOptions, sgd } from './sgd.js';
export { type ViewsOn, whoMakesViews } from './step-images.js';
export type { ValueStyle } from './tensor-board/event.js';
export {
  type ProjectorEmbeddingOptions,
  type ProjectorPoints,
  writeProjectorEmbedding,
} from './tensor-board/projector-embedding.js';
export { type TensorBoard, type TensorBoardOptions, tensorBoard } from './tensor-board/tensor-board.js';
export { type StepBatch, type StepResult, type TrainStep, type TrainStepOptions, trainStep } from './train-step.js';
export { writeFileAtomically } from './write-file.js';
