export { ablationMarkdown } from './ablation/ablation-markdown.js';
export { ablationPlot } from './ablation/ablation-plot.js';
export type {
  AblationComparison,
  AblationGain,
  AblationMetricTable,
  AblationReport,
  AblationRow,
} from './ablation/ablation-report.js';
export { renderAblation } from './ablation/render-ablation.js';
export type {
  NearImage,
  NeighbourImage,
  NeighbourRow,
  ReportNeighbours,
  SharedNeighbours,
} from './neighbours/report-neighbours.js';
export type {
  PairClass,
  PairPurity,
  PairSample,
  PairsReport,
  ReportPair,
  SimilarityCounts,
} from './pairs/pairs-report.js';
export type { ReportPairs } from './pairs/pairs-section.js';
export { renderPairs } from './pairs/render-pairs.js';
export { writePairs } from './pairs/write-pairs.js';
export {
  type PrototypeLevel,
  type PrototypeNode,
  type PrototypeTree,
  prototypeTree,
  type ReportImage,
} from './prototype-tree.js';
export { renderReport } from './render-report.js';
export type { Curve, CurveSeries, ReportInput, ReportViews, ResultRow, Results } from './report-input.js';
export { type SpriteSheet, type SpriteSheetOptions, spriteSheet } from './sprite-sheet.js';
export type { ViewRow } from './view-row.js';
export { type ViewSheet, type ViewSheetOptions, viewSheet } from './view-sheet.js';
export { writeReport } from './write-report.js';
