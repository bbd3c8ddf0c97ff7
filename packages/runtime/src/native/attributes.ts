import type { CApi, Pointer } from './c-api.js';
import { toInt64 } from './int64.js';

/** The kinds of attribute tfjs-node's kernels set, by the numbers they use. */
export const attributeKinds = {
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
  TF_ATTR_RESOURCE: 6,
} as const;

/** An attribute of an operation: `type` says which of {@link attributeKinds} it is. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | object | string | number[];
}

/**
 * Sets an attribute of an eager operation; lists of integers and floats are told by their value.
 *
 * @throws TypeError for a kind that eager operations cannot be given from JavaScript.
 */
export function setAttribute(api: CApi, op: Pointer, status: Pointer, { name, type, value }: OpAttribute): void {
  switch (type) {
    case attributeKinds.TF_ATTR_STRING:
      api.TFE_OpSetAttrString(op, name, value as string, Buffer.byteLength(value as string));
      return;
    case attributeKinds.TF_ATTR_INT:
      if (Array.isArray(value)) api.TFE_OpSetAttrIntList(op, name, toInt64(value), value.length);
      else api.TFE_OpSetAttrInt(op, name, value as number);
      return;
    case attributeKinds.TF_ATTR_FLOAT:
      if (Array.isArray(value)) api.TFE_OpSetAttrFloatList(op, name, Float32Array.from(value), value.length);
      else api.TFE_OpSetAttrFloat(op, name, value as number);
      return;
    case attributeKinds.TF_ATTR_BOOL:
      api.TFE_OpSetAttrBool(op, name, value ? 1 : 0);
      return;
    case attributeKinds.TF_ATTR_TYPE:
      api.TFE_OpSetAttrType(op, name, value as number);
      return;
    case attributeKinds.TF_ATTR_SHAPE:
      api.TFE_OpSetAttrShape(op, name, toInt64(value as number[]), (value as number[]).length, status);
      return;
    default:
      throw new TypeError(`Attribute ${name}: kind ${type} cannot be set`);
  }
}
