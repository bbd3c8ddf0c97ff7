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

/** The functions that set an attribute of one kind: of an eager operation, or of a node in a graph. */
export interface AttributeSetters {
  readonly string: CApi['TFE_OpSetAttrString'];
  readonly int: CApi['TFE_OpSetAttrInt'];
  readonly intList: CApi['TFE_OpSetAttrIntList'];
  readonly float: CApi['TFE_OpSetAttrFloat'];
  readonly floatList: CApi['TFE_OpSetAttrFloatList'];
  readonly bool: CApi['TFE_OpSetAttrBool'];
  readonly type: CApi['TFE_OpSetAttrType'];
  readonly shape: (op: Pointer, name: string, dimensions: ArrayBufferView, rank: number) => void;
}

/** The setters of eager operations; `status` is what setting a shape reports to. */
export const eagerSetters = (api: CApi, status: Pointer): AttributeSetters => ({
  string: api.TFE_OpSetAttrString,
  int: api.TFE_OpSetAttrInt,
  intList: api.TFE_OpSetAttrIntList,
  float: api.TFE_OpSetAttrFloat,
  floatList: api.TFE_OpSetAttrFloatList,
  bool: api.TFE_OpSetAttrBool,
  type: api.TFE_OpSetAttrType,
  shape: (op, name, dimensions, rank) => api.TFE_OpSetAttrShape(op, name, dimensions, rank, status),
});

/** The setters of nodes in a graph. */
export const graphSetters = (api: CApi): AttributeSetters => ({
  string: api.TF_SetAttrString,
  int: api.TF_SetAttrInt,
  intList: api.TF_SetAttrIntList,
  float: api.TF_SetAttrFloat,
  floatList: api.TF_SetAttrFloatList,
  bool: api.TF_SetAttrBool,
  type: api.TF_SetAttrType,
  shape: api.TF_SetAttrShape,
});

/**
 * Sets an attribute of an operation; lists of integers and floats are told by their value.
 *
 * @throws TypeError for a kind that operations cannot be given from JavaScript.
 */
export function setAttribute(set: AttributeSetters, op: Pointer, { name, type, value }: OpAttribute): void {
  switch (type) {
    case attributeKinds.TF_ATTR_STRING:
      set.string(op, name, value as string, Buffer.byteLength(value as string));
      return;
    case attributeKinds.TF_ATTR_INT:
      if (Array.isArray(value)) set.intList(op, name, toInt64(value), value.length);
      else set.int(op, name, value as number);
      return;
    case attributeKinds.TF_ATTR_FLOAT:
      if (Array.isArray(value)) set.floatList(op, name, Float32Array.from(value), value.length);
      else set.float(op, name, value as number);
      return;
    case attributeKinds.TF_ATTR_BOOL:
      set.bool(op, name, value ? 1 : 0);
      return;
    case attributeKinds.TF_ATTR_TYPE:
      set.type(op, name, value as number);
      return;
    case attributeKinds.TF_ATTR_SHAPE:
      set.shape(op, name, toInt64(value as number[]), (value as number[]).length);
      return;
    default:
      throw new TypeError(`Attribute ${name}: kind ${type} cannot be set`);
  }
}
