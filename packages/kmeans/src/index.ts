export { type AssignNearestOptions, assignNearest } from './assign-nearest.js';
export { type ConcentrationOptions, concentration } from './concentration.js';
export { type HierarchyIteration, type HierarchyOptions, hierarchicalKMeans } from './hierarchical-k-means.js';
export type { Hierarchy, HierarchyLevel } from './hierarchy.js';
export { hierarchyFromTensors, hierarchyTensors } from './hierarchy-tensors.js';
export { type KMeansResult, kMeans } from './k-means.js';
export type { KMeansOptions } from './k-means-options.js';
export type { KMeansIteration } from './lloyd.js';
