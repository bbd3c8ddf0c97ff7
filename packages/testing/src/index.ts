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
