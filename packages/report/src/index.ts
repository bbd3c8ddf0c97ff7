export {
  type PrototypeLevel,
  type PrototypeNode,
  type PrototypeTree,
  prototypeTree,
  type ReportImage,
} from './prototype-tree.js';
export { renderReport } from './render-report.js';
export type { Curve, CurveSeries, ReportInput, ResultRow, Results } from './report-input.js';
export { writeReport } from './write-report.js';
