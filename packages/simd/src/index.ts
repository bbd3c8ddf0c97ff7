export { assemble, type FunctionScope, type FunctionSource, functionOf } from './assemble.js';
export {
  type Code,
  count,
  f32,
  f32x4,
  f64x2,
  i16x8,
  i32,
  i32x4,
  increase,
  type Lanes,
  type Local,
  repeat,
  unsigned,
  type ValueType,
  when,
} from './instructions.js';
