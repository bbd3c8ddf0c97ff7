export { difference, installMatchers, type Numbers } from './allclose.js';
export type { TestBackboneOptions } from './backbone-suite.js';
export { formulaWeights, hashBits } from './formula-weights.js';
export {
  type GoldenFile,
  type GoldenTensor,
  type GoldenValue,
  goldenFolder,
  goldenTensor,
  isGoldenTensor,
  loadGolden,
  toleranceOf,
} from './golden.js';
export { goldenToTensor } from './golden-to-tensor.js';
export type { LossTestRequest, LossUnderTest, TestLossOptions } from './loss-suite.js';
export type {
  MethodTestBatch,
  MethodTestContext,
  MethodTestEpoch,
  MethodTestImages,
  MethodTestState,
  MethodUnderTest,
} from './method-under-test.js';
export type { TestNegativeSamplerOptions } from './negative-sampler-cases.js';
export { type Replayed, replayed } from './replayed.js';
export { testBackbone } from './test-backbone.js';
export { testLoss } from './test-loss.js';
export { testMethod } from './test-method.js';
export type { TestMethodOptions } from './test-method-options.js';
export { testNegativeSampler } from './test-negative-sampler.js';
