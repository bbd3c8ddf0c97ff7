export { allNegatives } from './all-negatives.js';
export { anchorLevels } from './anchor-levels.js';
export { type BatchPositivesOptions, batchPositives } from './batch-positives.js';
export { type BelowSimilarityOptions, belowSimilarity } from './below-similarity.js';
export { type BernoulliSamplerOptions, bernoulliSampler } from './bernoulli-sampler.js';
export { both } from './both.js';
export { type CurriculumStage, curriculum } from './curriculum.js';
export { type DebiasedNegativesOptions, debiasedNegatives } from './debiased-negatives.js';
export { either } from './either.js';
export { type HardestNegativesOptions, hardestNegatives } from './hardest-negatives.js';
export { inverse } from './inverse.js';
export { type KeepStatistics, type KeepStatisticsOptions, keepStatistics, type Labels } from './keep-statistics.js';
export { type NearestNeighboursOptions, nearestNeighbours } from './nearest-neighbours.js';
export type { AnchorLevel, NegativeRequest, NegativeSampler } from './negative-sampler.js';
export { type ClassPairs, type PairStatistics, type PairStatisticsOptions, pairStatistics } from './pair-statistics.js';
export { type ImageIds, partnerMask } from './partner-mask.js';
export { type PartnerTable, partnerTable } from './partner-table.js';
export type { MinedPairs, MiningRequest, PositiveMiner } from './positive-miner.js';
export { type Ramp, type Ramped, type RampOptions, ramp } from './ramp.js';
export { type SamePrototypeOptions, samePrototype } from './same-prototype.js';
export { type SelectiveInstancesOptions, selectiveInstances } from './selective-instances.js';
export { type SelectivePrototypesOptions, selectivePrototypes } from './selective-prototypes.js';
export { type SemanticPairsOptions, semanticPairs } from './semantic-pairs.js';
export { type SemiHardNegativesOptions, semiHardNegatives } from './semi-hard-negatives.js';
export {
  type SimilarityHistogram,
  type SimilarityHistogramOptions,
  similarityHistogram,
} from './similarity-histogram.js';
export { type UniformNegativesOptions, uniformNegatives } from './uniform-negatives.js';
