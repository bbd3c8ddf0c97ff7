import { type Tracer, whileTracing } from '@hcsc/trace';
import { clone, engine, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { NativeBinding } from '../native/binding.js';
import type { SymbolicTensor, TracedFunction } from '../native/function-trace.js';
import type { TensorFlowBackend } from '../vendored.js';
import { mapTensors, refusePromise, tensorsIn } from './containers.js';
import { withTraceGuards } from './trace-guards.js';

/** Something the host does before each call: reads values for an argument, or acts. */
type HostStep =
  | { readonly run: () => void }
  | {
      readonly read: () => Float32Array | Int32Array;
      readonly shape: readonly number[];
      readonly dtype: number;
      /** Does the function use the values? They are read in any case, since reading may move a random stream. */
      used: boolean;
    };

/** A function as it was traced for one signature. */
export interface CompiledTrace<R> {
  readonly traced: TracedFunction;
  /** For each tensor argument, is it used? */
  readonly usedArguments: readonly boolean[];
  readonly hostSteps: readonly HostStep[];
  readonly read: readonly Variable[];
  readonly assigned: readonly Variable[];
  /** What the function returns, made of the results. */
  result(tensors: readonly Tensor[]): R;
}

/** The numbers of a dtype by its name in tfjs. */
const typeNumber = (binding: NativeBinding, dtype: string): number => {
  const numbers: Record<string, number> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    bool: binding.TF_BOOL,
    complex64: binding.TF_COMPLEX64,
    string: binding.TF_STRING,
  };
  return numbers[dtype]!;
};

/**
 * Runs `fn` once with symbolic tensors and makes a TensorFlow function of what it does.
 *
 * Variables have symbolic values meanwhile; afterwards, and also if `fn` throws, they have the values of before.
 *
 * @param allowed The variables that `fn` may assign to; null for all.
 */
export function traceFunction<A extends readonly unknown[], R>(
  backend: TensorFlowBackend,
  fn: (...args: A) => R,
  args: A,
  allowed: readonly Variable[] | null,
  label: string,
  xla: boolean,
): CompiledTrace<R> {
  const { binding } = backend;
  const variables = Object.values(engine().registeredVariables).filter((variable) => !variable.isDisposed);
  const before = variables.map((variable) => clone(variable) as Tensor);
  const kept: Tensor[] = [];
  binding.startTrace();
  try {
    let made: CompiledTrace<R>;
    tidy(() => {
      const symbol = (from: string, shape: readonly number[], dtype: number) => {
        const { argument, metadata } = binding.traceArgument(from, shape, dtype);
        return { argument, id: metadata.id, tensor: backend.createOutputTensor(metadata) };
      };
      const given = tensorsIn(args).map((tensor) =>
        symbol('an argument', tensor.shape, typeNumber(binding, tensor.dtype)),
      );
      const values = variables.map((variable) => {
        const value = symbol(`the variable ${variable.name}`, variable.shape, typeNumber(binding, variable.dtype));
        variable.assign(value.tensor);
        return value;
      });

      const hostSteps: HostStep[] = [];
      const hostArguments: SymbolicTensor[] = [];
      const tracer: Tracer = {
        tensor(shape, dtype, read) {
          const number = typeNumber(binding, dtype);
          const { argument, tensor } = symbol('a value read at each call', shape, number);
          hostArguments.push(argument);
          hostSteps.push({ read, shape, dtype: number, used: false });
          return tensor;
        },
        action(run) {
          hostSteps.push({ run });
        },
      };

      let next = 0;
      const symbolicArgs = mapTensors(args, () => given[next++]!.tensor);
      const returned = withTraceGuards(
        () => whileTracing(tracer, () => refusePromise(fn(...symbolicArgs))),
        (tensor) => kept.push(tensor),
      );
      const results = tensorsIn(returned);
      if (kept.some((tensor) => !tensor.isDisposed && !results.includes(tensor))) {
        throw new Error(
          'A compiled function cannot keep a tensor past its end (tf.keep): return it, or assign it to a variable',
        );
      }

      const ids = backend.getInputTensorIds(variables);
      const assigned = variables.filter((_, i) => ids[i] !== values[i]!.id);
      const stray = allowed && assigned.find((variable) => !allowed.includes(variable));
      if (stray) {
        throw new Error(
          `The compiled function assigns to the variable ${stray.name}, which is not among its variables: add it to compile's option variables`,
        );
      }

      const traced = binding.traceToFunction(
        label,
        [...given.map(({ argument }) => argument), ...hostArguments, ...values.map(({ argument }) => argument)],
        backend.getInputTensorIds([...results, ...assigned]),
        xla,
      );
      const { used } = traced;
      const reads = hostSteps.filter((step) => 'read' in step);
      reads.forEach((step, i) => {
        step.used = used[given.length + i]!;
      });
      made = {
        traced,
        usedArguments: used.slice(0, given.length),
        hostSteps,
        read: variables.filter((_, i) => used[given.length + reads.length + i]),
        assigned,
        result: (tensors) => {
          let position = 0;
          return mapTensors(returned, () => tensors[position++]);
        },
      };
    });
    return made!;
  } finally {
    binding.endTrace();
    for (const tensor of kept) tensor.dispose();
    variables.forEach((variable, i) => {
      variable.assign(before[i]! as never);
      before[i]!.dispose();
    });
  }
}
