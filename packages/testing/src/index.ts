export { difference, installMatchers, type Numbers } from './allclose.js';
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
export { type LossTestRequest, type LossUnderTest, type TestLossOptions, testLoss } from './test-loss.js';
export { type TestNegativeSamplerOptions, testNegativeSampler } from './test-negative-sampler.js';
