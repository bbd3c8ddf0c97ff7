export { type AssignNearestOptions, assignNearest } from './assign-nearest.js';
export { type AssignedPoints, type AssignPointsOptions, assignPoints } from './assign-points.js';
export { type ConcentrationOptions, concentration } from './concentration.js';
export { type HeldHierarchy, heldHierarchy } from './held-hierarchy.js';
export { hierarchicalKMeans } from './hierarchical-k-means.js';
export type { Hierarchy, HierarchyLevel } from './hierarchy.js';
export type { HierarchyIteration, HierarchyOptions } from './hierarchy-options.js';
export { hierarchyFromTensors, hierarchyTensors } from './hierarchy-tensors.js';
export { type KMeansResult, kMeans } from './k-means.js';
export type { KMeansOptions } from './k-means-options.js';
export type { KMeansIteration } from './lloyd.js';
export type { PointBlocks, PointMatrix, Points } from './points.js';
export { adjustedMutualInformation } from './quality/adjusted-mutual-information.js';
export { adjustedRandIndex } from './quality/adjusted-rand-index.js';
export { clusterBalance } from './quality/cluster-balance.js';
export { clusterEntropy } from './quality/cluster-entropy.js';
export { type ClusterObjectiveOptions, clusterObjective } from './quality/cluster-objective.js';
export { type ClusteringAgreement, clusteringAgreement } from './quality/clustering-agreement.js';
export { dendrogramPurity } from './quality/dendrogram-purity.js';
export { hierarchyAgreement } from './quality/hierarchy-agreement.js';
export { imbalanceFactor } from './quality/imbalance-factor.js';
export { matchedAccuracy } from './quality/matched-accuracy.js';
export { normalizedMutualInformation } from './quality/normalized-mutual-information.js';
export { purity } from './quality/purity.js';
export { type SilhouetteOptions, silhouette } from './quality/silhouette.js';
export { treeLevels } from './quality/tree-levels.js';
export { treePurity } from './quality/tree-purity.js';
export { type VMeasure, type VMeasureOptions, vMeasure } from './quality/v-measure.js';
export type {
  HierarchyNode,
  HierarchyTree,
  HierarchyTreeLevel,
  NearestExample,
  PointPath,
} from './tree/hierarchy-tree.js';
export { readHierarchy } from './tree/read-hierarchy.js';
