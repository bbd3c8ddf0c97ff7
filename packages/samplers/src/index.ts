export { allNegatives } from './all-negatives.js';
export { anchorLevels } from './anchor-levels.js';
export { type BernoulliSamplerOptions, bernoulliSampler } from './bernoulli-sampler.js';
export { type KeepStatistics, type KeepStatisticsOptions, keepStatistics, type Labels } from './keep-statistics.js';
export type { AnchorLevel, NegativeRequest, NegativeSampler } from './negative-sampler.js';
export { type SelectiveInstancesOptions, selectiveInstances } from './selective-instances.js';
export { type SelectivePrototypesOptions, selectivePrototypes } from './selective-prototypes.js';
export { type UniformNegativesOptions, uniformNegatives } from './uniform-negatives.js';
