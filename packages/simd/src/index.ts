export { assemble, type FunctionScope, type FunctionSource, functionOf } from './assemble.js';
export {
  type Code,
  count,
  f32,
  f32x4,
  i32,
  increase,
  type Lanes,
  type Local,
  repeat,
  unsigned,
  type ValueType,
  when,
} from './instructions.js';
