export {
  type ExtractFeaturesOptions,
  extractFeatures,
  type FeatureEncoder,
  type ReadableImages,
  rawPixels,
} from './extract-features.js';
export { type FindNearestOptions, findNearest, type NearestNeighbours } from './find-nearest.js';
export { type KnnOptions, type KnnPredictions, type KnnResult, knn, knnProtocol } from './knn.js';
export {
  hcscLinearProtocol,
  type LinearProbeOptions,
  type LinearProbeResult,
  linearProbe,
  mocoLinearProtocol,
} from './linear-probe.js';
export { type NeighbourOverlap, neighbourOverlap } from './neighbour-overlap.js';
export { type NeighbourPurity, neighbourPurity } from './neighbour-purity.js';
export { type PairedComparison, type PairedComparisonOptions, pairedComparison } from './paired-comparison.js';
export { cosineDecay, type ProbeSchedule, stepDecay } from './probe-schedule.js';
export { type SampleSummary, sampleSummary } from './sample-summary.js';
export { type FeatureMetric, knnTop1, type LabelledFeatures, linearTop1 } from './top1-metric.js';
