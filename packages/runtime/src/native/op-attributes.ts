import { attributeKinds, type OpAttribute } from './attributes.js';
import { TF_BOOL, TF_FLOAT, TF_INT32 } from './dtypes.js';

/** `T: DT_FLOAT` and its like. */
export const typeAttribute = (name: string, value: number): OpAttribute => ({
  name,
  type: attributeKinds.TF_ATTR_TYPE,
  value,
});

export const floatAttribute = (name: string, value: number): OpAttribute => ({
  name,
  type: attributeKinds.TF_ATTR_FLOAT,
  value,
});

export const boolAttribute = (name: string, value: boolean): OpAttribute => ({
  name,
  type: attributeKinds.TF_ATTR_BOOL,
  value,
});

export const stringAttribute = (name: string, value: string): OpAttribute => ({
  name,
  type: attributeKinds.TF_ATTR_STRING,
  value,
});

/** An integer, or a list of integers. */
export const intAttribute = (name: string, value: number | number[]): OpAttribute => ({
  name,
  type: attributeKinds.TF_ATTR_INT,
  value,
});

/** TensorFlow's number for a dtype of tfjs that arithmetic is done in. */
export function numericType(dtype: string): number {
  const types: Record<string, number> = { float32: TF_FLOAT, int32: TF_INT32, bool: TF_BOOL };
  const type = types[dtype];
  if (type === undefined) throw new TypeError(`Needs a float32, int32 or bool tensor, got ${dtype}`);
  return type;
}
