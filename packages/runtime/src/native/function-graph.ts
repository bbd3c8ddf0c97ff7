import { graphSetters, type OpAttribute, setAttribute } from './attributes.js';
import type { CApi, GraphOutput, Pointer } from './c-api.js';
import type { EagerContext } from './context.js';
import { toInt64 } from './int64.js';
import { typeAttribute } from './op-attributes.js';
import { type OpInput, opInputs } from './op-inputs.js';

/** A `TF_Graph` under construction that becomes a function of the context. */
export class FunctionGraph {
  private readonly api: CApi;
  private readonly address: Pointer;
  private readonly definitions = new Map<string, OpInput[]>();
  private nodes = 0;

  constructor(private readonly context: EagerContext) {
    this.api = context.api;
    this.address = this.api.TF_NewGraph();
  }

  /** A node that stands for an argument of the function. */
  placeholder(shape: readonly number[], dtype: number): GraphOutput {
    return this.finish('Placeholder', (op) => {
      this.api.TF_SetAttrType(op, 'dtype', dtype);
      this.api.TF_SetAttrShape(op, 'shape', toInt64(shape), shape.length);
    });
  }

  /** A node that holds the values of a `TF_Tensor`, which stays the caller's. */
  constant(tensor: Pointer, dtype: number): GraphOutput {
    const { status } = this.context;
    return this.finish('Const', (op) => {
      this.api.TF_SetAttrTensor(op, 'value', tensor, status.address);
      status.check('Const');
      this.api.TF_SetAttrType(op, 'dtype', dtype);
    });
  }

  /**
   * A node that runs an operation, and its outputs.
   *
   * @throws TensorFlowError if TensorFlow does not take the operation so.
   */
  node(operation: string, attributes: readonly OpAttribute[], inputs: readonly GraphOutput[]): GraphOutput[] {
    const definition = this.definition(operation);
    const lists = definition.filter(({ isList }) => isList).length;
    // What is left after the single inputs is shared by the lists; no operation of tfjs-node's has two of them.
    const perList = lists > 0 ? (inputs.length - (definition.length - lists)) / lists : 0;
    const counted = new Set(definition.map(({ numberAttribute }) => numberAttribute));
    const { oper } = this.finish(operation, (op) => {
      let next = 0;
      for (const { isList } of definition) {
        if (isList) {
          const list = inputs.slice(next, next + perList);
          this.api.TF_AddInputList(op, packOutputs(list), list.length);
          next += perList;
        } else {
          const input = inputs[next++];
          if (input !== undefined) this.api.TF_AddInput(op, input);
        }
      }
      // The length of a list follows from the list.
      const given = attributes.filter(({ name }) => !counted.has(name));
      for (const attribute of given) setAttribute(graphSetters(this.api), op, attribute);
    });
    return Array.from({ length: this.api.TF_OperationNumOutputs(oper) }, (_, index) => ({ oper, index }));
  }

  /** Shape and dtype of an output; a dimension that is known only at run time is -1, an unknown rank gives null. */
  describe(output: GraphOutput): { shape: number[] | null; dtype: number } {
    const { api, context } = this;
    const dtype = api.TF_OperationOutputType(output);
    const rank = api.TF_GraphGetTensorNumDims(this.address, output, context.status.address);
    context.status.check('TF_GraphGetTensorNumDims');
    if (rank < 0) return { shape: null, dtype };
    const dimensions = new BigInt64Array(rank);
    if (rank > 0) {
      api.TF_GraphGetTensorShape(this.address, output, dimensions, rank, context.status.address);
      context.status.check('TF_GraphGetTensorShape');
    }
    return { shape: Array.from(dimensions, Number), dtype };
  }

  /**
   * Adds the graph to the context as a function from placeholders to outputs.
   *
   * @param xla Compile it with XLA.
   * @throws TensorFlowError if the graph is no function of these placeholders.
   */
  addToContext(name: string, inputs: readonly GraphOutput[], outputs: readonly GraphOutput[], xla: boolean): void {
    const { api, context } = this;
    const { status } = context;
    // A function may not hand out its arguments as they are.
    const results = outputs.map((output) => {
      const attributes = [typeAttribute('T', api.TF_OperationOutputType(output))];
      return this.node('Identity', attributes, [output])[0]!;
    });
    const [from, to] = [packOutputs(inputs), packOutputs(results)];
    const none = 0;
    const wholeGraph = -1;
    const made = api.TF_GraphToFunction(
      this.address,
      name,
      0,
      wholeGraph,
      none,
      inputs.length,
      from,
      results.length,
      to,
      none,
      none,
      none,
      status.address,
    );
    status.check(name);
    try {
      if (xla) {
        // AttrValue { b: true }
        const yes = Uint8Array.of((5 << 3) | 0, 1);
        api.TF_FunctionSetAttrValueProto(made, '_XlaMustCompile', yes, yes.length, status.address);
        status.check(name);
      }
      api.TFE_ContextAddFunction(context.address, made, status.address);
      status.check(name);
    } finally {
      api.TF_DeleteFunction(made);
    }
  }

  /** Frees the graph; a function made of it stays. */
  delete(): void {
    this.api.TF_DeleteGraph(this.address);
  }

  private definition(operation: string): OpInput[] {
    let definition = this.definitions.get(operation);
    if (definition === undefined) {
      definition = opInputs(this.api, this.context.status, this.address, operation);
      this.definitions.set(operation, definition);
    }
    return definition;
  }

  private finish(operation: string, describe: (op: Pointer) => void): GraphOutput {
    const { api, context } = this;
    const op = api.TF_NewOperation(this.address, operation, `${operation}_${this.nodes++}`);
    let oper: Pointer;
    try {
      describe(op);
    } finally {
      // A description that has been begun is freed by finishing it.
      oper = api.TF_FinishOperation(op, context.status.address);
    }
    context.status.check(operation);
    return { oper, index: 0 };
  }
}

/** `TF_Output`s as an array in memory: address, index and padding, 16 bytes each. */
function packOutputs(outputs: readonly GraphOutput[]): BigInt64Array {
  const words = new BigInt64Array(2 * outputs.length);
  outputs.forEach(({ oper, index }, i) => {
    words[2 * i] = BigInt(oper);
    words[2 * i + 1] = BigInt(index);
  });
  return words;
}
