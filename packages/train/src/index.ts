export {
  type Ablation,
  type AblationGain,
  type AblationMetric,
  assertAblation,
  type CellValues,
  defineAblation,
  type Factor,
  type FactorLevel,
  type Factors,
  type FactorValue,
  type MeasuredRun,
  type MeasuredSplit,
} from './ablation/ablation.js';
export { type AblationCell, type AblationCellsOptions, ablationCells } from './ablation/ablation-cells.js';
export { cellRecipe, cellValues } from './ablation/cell-recipe.js';
export { describeValue } from './ablation/describe-value.js';
export { pairCount, pairPurity } from './ablation/pair-metrics.js';
export { type AdamWOptions, adamW } from './adam-w.js';
export {
  type BestEpoch,
  type Checkpoint,
  type RunPosition,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.js';
export { type CheckpointRule, checkpointPaths } from './checkpoint-folder.js';
export { type ClipGradientsOptions, clipGradients } from './clip-gradients.js';
export { evaluationView, type Preparation } from './evaluation-view.js';
export { type FindRunsOptions, findRuns } from './find-runs.js';
export { isRun } from './is-run.js';
export { jsonLines } from './json-lines.js';
export { type LarsOptions, lars } from './lars.js';
export type { EpochRecord, FeatureFigures, LogRecord, StepRecord, WarningRecord } from './log-record.js';
export type { Logger, RunStart } from './logger.js';
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
export { type CollapseOptions, collapse } from './monitors/collapse.js';
export { type FeatureStatistics, featureStatistics } from './monitors/feature-statistics.js';
export type { Alarm, Monitor, Watch, Watched } from './monitors/monitor.js';
export { nonFiniteLoss } from './monitors/non-finite-loss.js';
export { type MultiStepOptions, multiStep } from './multi-step.js';
export { normAndBias, type ParameterRule } from './norm-and-bias.js';
export type { Optimizer, OptimizerFactory } from './optimizer.js';
export { type EncoderFromOptions, encoderFrom } from './pairs/encoder-from.js';
export { type MinedPairsOptions, type MinedPairsPlan, minedPairs } from './pairs/mined-pairs.js';
export type { MiningEncoder, OpenEncoder } from './pairs/mining-encoder.js';
export { PAIR_FILES } from './pairs/pair-files.js';
export type { PairContext, PairPlan } from './pairs/pair-plan.js';
export type { PairSummary, PairSummaryPlan } from './pairs/pair-summary.js';
export { pixelEncoder } from './pairs/pixel-encoder.js';
export { type RecipePairsOptions, recipePairs } from './pairs/recipe-pairs.js';
export { savedPairs } from './pairs/saved-pairs.js';
export { type TrainedEncoderOptions, trainedEncoder } from './pairs/trained-encoder.js';
export { untrainedEncoder } from './pairs/untrained-encoder.js';
export { buildMethod, type PretrainOptions, type PretrainResult, pretrain } from './pretrain.js';
export { duration, type ProgressOptions, progressLog } from './progress-log.js';
export { type RunCheckpoint, type RunInfo, readRun } from './read-run.js';
export { applySettings, assertRecipe, defineRecipe, type Recipe, type RecipeData, type Settings } from './recipe.js';
export { RunDiffersError } from './run-differs-error.js';
export { RUN_FILES, type RunStatus } from './run-files.js';
export { runDifferences, runIdentity } from './run-identity.js';
export { runAtWork } from './run-lock.js';
export { type ScaledLearningRateOptions, scaledLearningRate } from './scaled-learning-rate.js';
export { type CosineOptions, constant, cosine, type Progress, type Schedule } from './schedule.js';
export { type SgdOptions, sgd } from './sgd.js';
export { type ViewsOn, whoMakesViews } from './step-images.js';
export type { ValueStyle } from './tensor-board/event.js';
export {
  type ProjectorEmbeddingOptions,
  type ProjectorPoints,
  type ProjectorSprite,
  writeProjectorEmbedding,
} from './tensor-board/projector-embedding.js';
export { type TensorBoard, type TensorBoardOptions, tensorBoard } from './tensor-board/tensor-board.js';
export type { FinishedEpoch } from './train-epochs.js';
export { type StepBatch, type StepResult, type TrainStep, type TrainStepOptions, trainStep } from './train-step.js';
export type { Validation, ValidationContext } from './validation.js';
export { type WarmupOptions, warmup } from './warmup.js';
