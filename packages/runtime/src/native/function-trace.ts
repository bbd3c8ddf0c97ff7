import type { OpAttribute } from './attributes.js';
import type { GraphOutput, Pointer } from './c-api.js';
import type { EagerContext } from './context.js';
import { TF_BOOL, TF_FLOAT, TF_INT32, TF_INT64, TF_UINT8 } from './dtypes.js';
import { FunctionGraph } from './function-graph.js';

/** A tensor of a function that is being traced: it has a shape and a dtype, and values only when the function runs. */
export interface SymbolicTensor {
  readonly trace: FunctionTrace;
  readonly shape: number[];
  readonly dtype: number;
  /** What it is the result of: an operation, or an argument. */
  readonly from: string;
  /** Its place in the graph; arguments get theirs when they are first used. */
  output: GraphOutput | null;
  /** Not even the rank is known: it may not be used. */
  readonly shapeless?: boolean;
}

/** A function of the context: how it is called, and what it holds on to. */
export interface TracedFunction {
  readonly name: string;
  /** For each argument asked for, is it used? The function takes the others only. */
  readonly used: readonly boolean[];
  /** Handles of tensors from outside, the function's own; they follow the arguments. */
  readonly captures: readonly Pointer[];
  readonly outputs: readonly { readonly shape: number[]; readonly dtype: number }[];
}

/** Constants up to this size are written into the function, where TensorFlow can compute with them beforehand. */
const CONSTANT_BYTES = 4096;
const constantTypes: ReadonlySet<number> = new Set([TF_FLOAT, TF_INT32, TF_INT64, TF_BOOL, TF_UINT8]);

/** Records operations as nodes of a graph instead of running them. */
export class FunctionTrace {
  private readonly graph: FunctionGraph;
  /** What was captured, by the tensor's id in the binding. */
  private readonly constants = new Map<number, GraphOutput>();
  private readonly captured = new Map<number, { output: GraphOutput; handle: Pointer }>();

  constructor(private readonly context: EagerContext) {
    this.graph = new FunctionGraph(context);
  }

  /** An argument of the function. */
  argument(from: string, shape: readonly number[], dtype: number): SymbolicTensor {
    return { trace: this, shape: [...shape], dtype, from, output: null };
  }

  /** The place in the graph of a tensor of this trace. */
  outputOf(tensor: SymbolicTensor): GraphOutput {
    if (tensor.trace !== this) throw goneError(tensor);
    if (tensor.shapeless) throw shapeError(tensor.from, null);
    tensor.output ??= this.graph.placeholder(tensor.shape, tensor.dtype);
    return tensor.output;
  }

  /** The place in the graph of a tensor from outside, whose values it has from now on, whatever becomes of the tensor. */
  capture(id: number, handle: Pointer, dtype: number): GraphOutput {
    const known = this.constants.get(id) ?? this.captured.get(id)?.output;
    if (known !== undefined) return known;
    const { api, status } = this.context;
    const rank = api.TFE_TensorHandleNumDims(handle, status.address);
    const shape = Array.from({ length: rank }, (_, axis) => api.TFE_TensorHandleDim(handle, axis, status.address));
    // No dtype in question has elements of more than 8 bytes.
    const small = 8 * shape.reduce((product, dimension) => product * dimension, 1) <= CONSTANT_BYTES;
    if (small && constantTypes.has(dtype)) {
      const tensor = api.TFE_TensorHandleResolve(handle, status.address);
      status.check('TFE_TensorHandleResolve');
      try {
        const output = this.graph.constant(tensor, dtype);
        this.constants.set(id, output);
        return output;
      } finally {
        api.TF_DeleteTensor(tensor);
      }
    }
    const output = this.graph.placeholder(shape, dtype);
    const own = api.TFE_TensorHandleCopySharingTensor(handle, status.address);
    status.check('TFE_TensorHandleCopySharingTensor');
    this.captured.set(id, { output, handle: own });
    return output;
  }

  /**
   * Adds a node.
   *
   * @throws TensorFlowError if TensorFlow does not take the operation so.
   * @throws Error if a result's shape is known only when the operation runs.
   */
  record(
    operation: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphOutput[],
    outputs: number,
  ): SymbolicTensor[] {
    return this.graph
      .node(operation, attributes, inputs)
      .slice(0, outputs)
      .map((output) => {
        const { shape, dtype } = this.graph.describe(output);
        if (shape?.some((dimension) => dimension < 0)) throw shapeError(operation, shape);
        // Of unknown rank is what FusedBatchNormV3 reserves for a GPU: it does no harm unless it is used.
        if (shape === null) return { trace: this, shape: [], dtype, from: operation, output: null, shapeless: true };
        return { trace: this, shape, dtype, from: operation, output };
      });
  }

  /**
   * Makes the function.
   *
   * @throws TensorFlowError if TensorFlow does not take the graph.
   */
  finish(
    name: string,
    args: readonly SymbolicTensor[],
    outputs: readonly GraphOutput[],
    describe: readonly { shape: number[]; dtype: number }[],
    xla: boolean,
  ): TracedFunction {
    const used = args.map(({ output }) => output !== null);
    const captured = [...this.captured.values()];
    const inputs = [
      ...args.flatMap(({ output }) => (output === null ? [] : [output])),
      ...captured.map(({ output }) => output),
    ];
    this.graph.addToContext(name, inputs, outputs, xla);
    const captures = captured.map(({ handle }) => handle);
    this.captured.clear();
    return { name, used, captures, outputs: describe };
  }

  /** Frees the graph, and what was captured if no function has been made. */
  delete(): void {
    for (const { handle } of this.captured.values()) this.context.api.TFE_DeleteTensorHandle(handle);
    this.captured.clear();
    this.graph.delete();
  }
}

/** A symbolic tensor was used where there are no values, or outside its trace. */
export function goneError({ from }: SymbolicTensor): Error {
  return new Error(
    `This result of ${from} belongs to a function while it was compiled and has no values: return it from the function, or assign it to a variable`,
  );
}

function shapeError(operation: string, shape: readonly number[] | null): Error {
  const known = shape === null ? 'unknown rank' : `[${shape.map((dimension) => (dimension < 0 ? '?' : dimension))}]`;
  return new Error(
    `Cannot compile ${operation}: the shape of its result depends on values (${known}). Keep all rows and weigh them by a mask, or do this outside the compiled function`,
  );
}
