import { type AttributeSetters, attributeKinds, eagerSetters, type OpAttribute, setAttribute } from './attributes.js';
import type { CApi, GraphOutput, Pointer } from './c-api.js';
import type { EagerContext } from './context.js';
import { TF_BOOL, TF_COMPLEX64, TF_FLOAT, TF_INT32, TF_INT64, TF_RESOURCE, TF_STRING, TF_UINT8 } from './dtypes.js';
import { FunctionTrace, goneError, type SymbolicTensor, type TracedFunction } from './function-trace.js';
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
  private readonly set: AttributeSetters;
  private readonly tensors = new Map<number, HeldTensor>();
  /** Tensors of the function that is traced; those that outlive the trace are of no use. */
  private readonly symbolic = new Map<number, SymbolicTensor>();
  private trace: FunctionTrace | null = null;
  private readonly functions = new Set<TracedFunction>();
  private functionsMade = 0;
  private lastId = 0;
  private closed = false;
  /** Where `TFE_Execute` writes the handles of the outputs, and how many there were. */
  private outputs = new Uint32Array(2 * 64);
  private readonly outputCount = new Int32Array(1);

  constructor(private readonly context: EagerContext) {
    this.api = context.api;
    this.set = eagerSetters(this.api, context.status.address);
    this.TF_Version = this.api.TF_Version();
  }

  isUsingGpuDevice(): boolean {
    return this.context.devices.some((device) => device.type === 'GPU');
  }

  /** How many tensors TensorFlow holds. */
  getNumOfTensors(): number {
    return this.tensors.size + this.symbolic.size;
  }

  /** Is a function being traced? Operations are recorded then, and nothing runs. */
  get tracing(): boolean {
    return this.trace !== null;
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
    if (tensor === undefined) {
      this.symbolic.delete(id);
      return;
    }
    this.tensors.delete(id);
    this.api.TFE_DeleteTensorHandle(tensor.handle);
  }

  /** A copy of a tensor's values: strings as bytes, complex numbers as pairs, int64 as BigInt64Array. */
  tensorDataSync(id: number): ArrayBufferView | Uint8Array[] {
    const { api, context } = this;
    const symbolic = this.trace === null ? undefined : this.symbolic.get(id);
    if (symbolic !== undefined) {
      throw new Error(
        `Cannot read the result of ${symbolic.from} while its function is compiled, it has no values yet: return it and read it after the call`,
      );
    }
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
    if (this.trace !== null) {
      const places = inputs.map((id) => this.outputOf(id));
      return this.trace.record(name, attributes, places, outputs).map((tensor) => this.holdSymbolic(tensor));
    }
    const handles = inputs.map((id) => this.held(id).handle);
    return this.execute(name, attributes, handles, outputs).map((handle) => this.describe(handle));
  }

  /**
   * From now on operations are recorded, until {@link endTrace}.
   *
   * @throws Error if a trace is open already.
   */
  startTrace(): void {
    this.checkOpen();
    if (this.trace !== null) throw new Error('A function is being traced already');
    this.trace = new FunctionTrace(this.context);
  }

  /** An argument of the function that is traced, and the tensor that stands for it, which may be deleted before. */
  traceArgument(
    from: string,
    shape: readonly number[],
    dtype: number,
  ): { argument: SymbolicTensor; metadata: TensorMetadata } {
    const argument = this.openTrace().argument(from, shape, dtype);
    return { argument, metadata: this.holdSymbolic(argument) };
  }

  /**
   * Makes a function of what was recorded, from arguments (those that are used) to results; the trace stays open.
   *
   * @throws TensorFlowError if TensorFlow does not take it.
   */
  traceToFunction(
    label: string,
    args: readonly SymbolicTensor[],
    results: readonly number[],
    xla: boolean,
  ): TracedFunction {
    const trace = this.openTrace();
    const places = results.map((id) => this.outputOf(id));
    const metadata = results.map((id) => {
      const symbolic = this.symbolic.get(id);
      if (symbolic !== undefined) return { shape: symbolic.shape, dtype: symbolic.dtype };
      const { handle, dtype } = this.held(id);
      return { shape: this.shapeOf(handle), dtype };
    });
    const name = `${label.replace(/\W/g, '_')}_${++this.functionsMade}`;
    const made = trace.finish(name, args, places, metadata, xla);
    this.functions.add(made);
    return made;
  }

  /** Ends the trace and frees it; a function made of it stays. */
  endTrace(): void {
    this.trace?.delete();
    this.trace = null;
  }

  /**
   * Calls a function with the arguments it uses.
   *
   * @throws TensorFlowError if it fails.
   */
  callFunction(traced: TracedFunction, inputs: readonly number[]): TensorMetadata[] {
    this.checkOpen();
    const handles = inputs.map((id) => this.held(id).handle).concat(traced.captures);
    const results = this.execute(traced.name, [], handles, traced.outputs.length);
    return results.map((handle, i) => {
      const { shape, dtype } = traced.outputs[i]!;
      return { id: this.hold(handle, dtype), shape, dtype };
    });
  }

  /** Removes a function, and frees what it has captured; one that is removed already is left alone. */
  deleteFunction(traced: TracedFunction): void {
    if (!this.functions.delete(traced)) return;
    const { status, address } = this.context;
    for (const handle of traced.captures) this.api.TFE_DeleteTensorHandle(handle);
    this.api.TFE_ContextRemoveFunction(address, traced.name, status.address);
    status.check(traced.name);
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

  /** Frees every tensor and function; the binding makes no more of them. */
  close(): void {
    this.endTrace();
    for (const traced of [...this.functions]) this.deleteFunction(traced);
    this.symbolic.clear();
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

  private holdSymbolic(tensor: SymbolicTensor): TensorMetadata {
    const id = ++this.lastId;
    this.symbolic.set(id, tensor);
    return { id, shape: tensor.shape, dtype: tensor.dtype };
  }

  private openTrace(): FunctionTrace {
    if (this.trace === null) throw new Error('No function is being traced');
    return this.trace;
  }

  /** The place of a tensor in the graph that is traced. */
  private outputOf(id: number): GraphOutput {
    const symbolic = this.symbolic.get(id);
    if (symbolic !== undefined) return this.openTrace().outputOf(symbolic);
    const { handle, dtype } = this.held(id);
    return this.openTrace().capture(id, handle, dtype);
  }

  /** Runs an operation or a function, and returns the handles of its results. */
  private execute(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly Pointer[],
    outputs: number,
  ): Pointer[] {
    const { api } = this;
    const { status, address: context } = this.context;
    const op = api.TFE_NewOp(context, name, status.address);
    status.check(name);
    try {
      for (const attribute of attributes) setAttribute(this.set, op, attribute);
      for (const handle of inputs) {
        api.TFE_OpAddInput(op, handle, status.address);
        status.check(name);
      }
      if (2 * outputs > this.outputs.length) this.outputs = new Uint32Array(4 * outputs);
      this.outputCount[0] = outputs;
      api.TFE_Execute(op, this.outputs, this.outputCount, status.address);
      status.check(name);
    } finally {
      api.TFE_DeleteOp(op);
    }
    return Array.from({ length: this.outputCount[0]! }, (_, i) => pointerAt(this.outputs, i));
  }

  private held(id: number): HeldTensor {
    const tensor = this.tensors.get(id);
    const symbolic = tensor === undefined ? this.symbolic.get(id) : undefined;
    if (symbolic !== undefined) throw goneError(symbolic);
    if (tensor === undefined) throw new Error(`TensorFlow holds no tensor ${id}: it has been disposed`);
    return tensor;
  }

  private describe(handle: Pointer): TensorMetadata {
    const dtype = this.api.TFE_TensorHandleDataType(handle);
    return { id: this.hold(handle, dtype), shape: this.shapeOf(handle), dtype };
  }

  private shapeOf(handle: Pointer): number[] {
    const { api } = this;
    const status = this.context.status.address;
    const rank = api.TFE_TensorHandleNumDims(handle, status);
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) shape.push(api.TFE_TensorHandleDim(handle, axis, status));
    return shape;
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
    const { trace } = this;
    this.trace = null;
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
      this.trace = trace;
      for (const id of held) this.deleteTensor(id);
      deleteStrings(api, tensor);
    }
  }
}
