import { attributeKinds, type OpAttribute, setAttribute } from './attributes.js';
import type { CApi, Pointer } from './c-api.js';
import type { EagerContext } from './context.js';
import { TF_BOOL, TF_COMPLEX64, TF_FLOAT, TF_INT32, TF_INT64, TF_RESOURCE, TF_STRING, TF_UINT8 } from './dtypes.js';
import { pointerAt } from './int64.js';
import { deleteStrings, stringsOfTensor, tensorOfStrings } from './string-data.js';
import { type NumericValues, tensorOfValues, valuesOfTensor } from './tensor-data.js';

/** What tfjs-node is told of a tensor. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  dtype: number;
}

/** A tensor TensorFlow holds for tfjs. */
interface HeldTensor {
  readonly handle: Pointer;
  readonly dtype: number;
}

/**
 * The native half tfjs-node's kernels ask for (its interface `TFJSBinding`), over TensorFlow's C API.
 *
 * Saved models are left out: their functions throw. TensorFlow's errors come as `TensorFlowError`.
 */
export class NativeBinding {
  readonly TF_FLOAT = TF_FLOAT;
  readonly TF_INT32 = TF_INT32;
  readonly TF_INT64 = TF_INT64;
  readonly TF_BOOL = TF_BOOL;
  readonly TF_COMPLEX64 = TF_COMPLEX64;
  readonly TF_STRING = TF_STRING;
  readonly TF_RESOURCE = TF_RESOURCE;
  readonly TF_UINT8 = TF_UINT8;
  readonly TF_ATTR_STRING = attributeKinds.TF_ATTR_STRING;
  readonly TF_ATTR_INT = attributeKinds.TF_ATTR_INT;
  readonly TF_ATTR_FLOAT = attributeKinds.TF_ATTR_FLOAT;
  readonly TF_ATTR_BOOL = attributeKinds.TF_ATTR_BOOL;
  readonly TF_ATTR_TYPE = attributeKinds.TF_ATTR_TYPE;
  readonly TF_ATTR_SHAPE = attributeKinds.TF_ATTR_SHAPE;
  readonly TF_ATTR_RESOURCE = attributeKinds.TF_ATTR_RESOURCE;
  readonly TF_Version: string;

  private readonly api: CApi;
  private readonly tensors = new Map<number, HeldTensor>();
  private lastId = 0;
  private closed = false;
  /** Where `TFE_Execute` writes the handles of the outputs, and how many there were. */
  private outputs = new Uint32Array(2 * 64);
  private readonly outputCount = new Int32Array(1);

  constructor(private readonly context: EagerContext) {
    this.api = context.api;
    this.TF_Version = this.api.TF_Version();
  }

  isUsingGpuDevice(): boolean {
    return this.context.devices.some((device) => device.type === 'GPU');
  }

  /** How many tensors TensorFlow holds. */
  getNumOfTensors(): number {
    return this.tensors.size;
  }

  createTensor(shape: number[], dtype: number, values: NumericValues | Uint8Array[]): number {
    this.checkOpen();
    if (dtype === TF_STRING) return this.createStrings(shape, values as Uint8Array[]);
    const { api } = this;
    const tensor = tensorOfValues(api, shape, dtype, values as NumericValues);
    const handle = api.TFE_NewTensorHandle(tensor, this.context.status.address);
    api.TF_DeleteTensor(tensor);
    this.context.status.check('TFE_NewTensorHandle');
    return this.hold(handle, dtype);
  }

  /** Frees a tensor; one that is freed already is left alone. */
  deleteTensor(id: number): void {
    const tensor = this.tensors.get(id);
    if (tensor === undefined) return;
    this.tensors.delete(id);
    this.api.TFE_DeleteTensorHandle(tensor.handle);
  }

  /** A copy of a tensor's values: strings as bytes, complex numbers as pairs, int64 as BigInt64Array. */
  tensorDataSync(id: number): ArrayBufferView | Uint8Array[] {
    const { api, context } = this;
    const { handle, dtype } = this.held(id);
    const tensor = api.TFE_TensorHandleResolve(handle, context.status.address);
    context.status.check('TFE_TensorHandleResolve');
    try {
      return dtype === TF_STRING ? stringsOfTensor(api, tensor) : valuesOfTensor(api, tensor, dtype);
    } finally {
      api.TF_DeleteTensor(tensor);
    }
  }

  /**
   * Runs an operation.
   *
   * @throws TensorFlowError with TensorFlow's text and the operation's name.
   */
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[] {
    this.checkOpen();
    const { api } = this;
    const { status, address: context } = this.context;
    const op = api.TFE_NewOp(context, name, status.address);
    status.check(name);
    try {
      for (const attribute of attributes) setAttribute(api, op, status.address, attribute);
      for (const id of inputs) {
        api.TFE_OpAddInput(op, this.held(id).handle, status.address);
        status.check(name);
      }
      if (2 * outputs > this.outputs.length) this.outputs = new Uint32Array(4 * outputs);
      this.outputCount[0] = outputs;
      api.TFE_Execute(op, this.outputs, this.outputCount, status.address);
      status.check(name);
    } finally {
      api.TFE_DeleteOp(op);
    }
    const results: TensorMetadata[] = [];
    for (let i = 0; i < this.outputCount[0]!; i++) results.push(this.describe(pointerAt(this.outputs, i)));
    return results;
  }

  loadSavedModel(): never {
    throw new Error('Saved models cannot be loaded on this backend: convert them to a tfjs graph or layers model');
  }

  deleteSavedModel(): never {
    return this.loadSavedModel();
  }

  runSavedModel(): never {
    return this.loadSavedModel();
  }

  getNumOfSavedModels(): number {
    return 0;
  }

  /** Frees every tensor; the binding makes no more of them. */
  close(): void {
    for (const id of [...this.tensors.keys()]) this.deleteTensor(id);
    this.closed = true;
  }

  private checkOpen(): void {
    if (this.closed) throw new Error('This runtime has been stopped: start another one');
  }

  private hold(handle: Pointer, dtype: number): number {
    const id = ++this.lastId;
    this.tensors.set(id, { handle, dtype });
    return id;
  }

  private held(id: number): HeldTensor {
    const tensor = this.tensors.get(id);
    if (tensor === undefined) throw new Error(`TensorFlow holds no tensor ${id}: it has been disposed`);
    return tensor;
  }

  private describe(handle: Pointer): TensorMetadata {
    const { api } = this;
    const status = this.context.status.address;
    const dtype = api.TFE_TensorHandleDataType(handle);
    const rank = api.TFE_TensorHandleNumDims(handle, status);
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) shape.push(api.TFE_TensorHandleDim(handle, axis, status));
    return { id: this.hold(handle, dtype), shape, dtype };
  }

  /**
   * TensorFlow frees the long strings of the tensors it has made, but not of one made through the C API. So the strings
   * are gathered into a tensor of TensorFlow's own.
   */
  private createStrings(shape: number[], values: readonly (Uint8Array | string)[]): number {
    const { api, context } = this;
    const count = shape.reduce((product, dimension) => product * dimension, 1);
    if (values.length !== count) {
      throw new RangeError(`A tensor of shape [${shape}] holds ${count} strings, got ${values.length}`);
    }
    const tensor = tensorOfStrings(api, values);
    const held: number[] = [];
    try {
      const handle = api.TFE_NewTensorHandle(tensor, context.status.address);
      context.status.check('TFE_NewTensorHandle');
      held.push(
        this.hold(handle, TF_STRING),
        this.createTensor([values.length], TF_INT32, Int32Array.from(values.keys())),
        this.createTensor([], TF_INT32, [0]),
        this.createTensor([shape.length], TF_INT32, shape),
      );
      const type = (name: string, value: number) => ({ name, type: attributeKinds.TF_ATTR_TYPE, value });
      const [gathered] = this.executeOp(
        'GatherV2',
        [type('Tparams', TF_STRING), type('Tindices', TF_INT32), type('Taxis', TF_INT32)],
        held.slice(0, 3),
        1,
      );
      held.push(gathered!.id);
      const shaped = [type('T', TF_STRING), type('Tshape', TF_INT32)];
      return this.executeOp('Reshape', shaped, [gathered!.id, held[3]!], 1)[0]!.id;
    } finally {
      for (const id of held) this.deleteTensor(id);
      deleteStrings(api, tensor);
    }
  }
}
