import { isTracing } from '@hcsc/trace';
import { backend, engine, getBackend, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { NativeBinding } from '../native/binding.js';
import { nativeBackend } from '../native/start-native.js';
import type { TensorFlowBackend } from '../vendored.js';
import { refusePromise, signatureOf, tensorsIn } from './containers.js';
import { type CompiledTrace, traceFunction } from './trace-function.js';
import { VariableCreatedError } from './trace-guards.js';

/** Options of {@link compile}. */
export interface CompileOptions {
  /**
   * The variables that the function may assign to; any other assignment is an error. Default: it may assign to all.
   * Reading needs no mention.
   */
  variables?: readonly Variable[];
  /** `'xla'`: compile the function with XLA, which takes long once and may pay off. Default: TensorFlow's own kernels. */
  jit?: 'xla';
}

/** A function made by {@link compile}: it is called as the one it was made of. */
export interface CompiledFunction<A extends readonly unknown[], R> {
  (...args: A): R;
  /** How often the function has been traced: once per signature, on native. */
  readonly traces: number;
  /** Forgets all traces and frees what they hold; the next call traces anew. */
  reset(): void;
  /** Frees everything; to be called no more. */
  dispose(): void;
}

/**
 * Makes a function run as one TensorFlow function on native, and as it is on every other backend, with the same results.
 *
 * The first call with arguments of new shapes and dtypes runs `fn` once to see what it does (it is traced); later calls
 * run that, not `fn`. So:
 * - Arguments and results are tensors, in lists and records. Other leaves of a result are those of the trace.
 * - Variables are read at each call and have their new values after it.
 * - Every other tensor from outside is captured by value when the function is traced; it may be disposed or replaced
 *   later, which the function does not see.
 * - Numbers of the host are frozen, unless they come through `perCall` and its like of `@hcsc/trace`, as an `Rng`'s
 *   tensors do.
 * - Variables may be created in the very first call only, as the optimisers of tfjs do; that call then runs eagerly.
 * - As in `tf.tidy`, everything but the result is disposed; the caller disposes the result.
 *
 * Inside another compiled function and inside a gradient (`tf.grads`), it runs as it is.
 *
 * @throws Error at a call that cannot be traced: values are read, a shape depends on values, `Math.random` is used, a
 *   variable is created. Nothing has changed then.
 * @throws TypeError for an argument that is a number or a function, and for an async function.
 *
 * @example
 * ```ts
 * const step = compile((x: tf.Tensor2D, y: tf.Tensor2D) => {
 *   const { value, grads } = tf.variableGrads(() => tf.losses.meanSquaredError(y, tf.matMul(x, weights)));
 *   weights.assign(tf.sub(weights, tf.mul(grads[weights.name], 0.1)));
 *   return value;
 * });
 * const loss = step(x, y); // traces
 * const next = step(x, y); // runs
 * step.dispose();
 * ```
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  { variables, jit }: CompileOptions = {},
): CompiledFunction<A, R> {
  const label = fn.name || 'compiled';
  const traces = new Map<string, CompiledTrace<R>>();
  let owner: NativeBinding | null = null;
  let count = 0;
  let disposed = false;
  let ran = false;

  const reset = () => {
    for (const { traced } of traces.values()) owner?.deleteFunction(traced);
    traces.clear();
  };

  const call = (...args: A): R => {
    if (disposed) throw new Error(`The compiled function ${label} has been disposed`);
    const signature = signatureOf(args);
    const native = currentNative();
    if (native === null || isTracing() || engine().isTapeOn()) return runAsIs(fn, args);
    if (owner !== native.binding) {
      reset();
      owner = native.binding;
    }
    let trace = traces.get(signature);
    if (trace === undefined) {
      try {
        trace = traceFunction(native, fn, args, variables ?? null, label, jit === 'xla');
      } catch (error) {
        if (ran || !(error instanceof VariableCreatedError)) throw error;
        ran = true;
        return runAsIs(fn, args);
      }
      count++;
      traces.set(signature, trace);
    }
    ran = true;
    return callTrace(native, trace, tensorsIn(args));
  };

  return Object.defineProperty(
    Object.assign(call, {
      traces: 0,
      reset,
      dispose: () => {
        reset();
        disposed = true;
      },
    }),
    'traces',
    { get: () => count },
  );
}

/** tfjs's current backend, if it is the native one of this package. */
function currentNative(): TensorFlowBackend | null {
  if (getBackend() !== nativeBackend) return null;
  const native = backend() as TensorFlowBackend;
  return native.binding instanceof NativeBinding ? native : null;
}

function runAsIs<A extends readonly unknown[], R>(fn: (...args: A) => R, args: A): R {
  let result: R;
  tidy(() => {
    result = refusePromise(fn(...args));
    return tensorsIn(result); // what survives the scope
  });
  return result!;
}

function callTrace<R>(native: TensorFlowBackend, trace: CompiledTrace<R>, args: readonly Tensor[]): R {
  const { binding } = native;
  const gone = trace.read.find((variable) => variable.isDisposed);
  if (gone) throw new Error(`The compiled function reads the variable ${gone.name}, which has been disposed`);
  const { usedArguments, hostSteps, read, assigned, traced } = trace;
  const hostIds: number[] = [];
  try {
    for (const step of hostSteps) {
      if ('run' in step) {
        step.run();
      } else {
        const values = step.read();
        if (step.used) hostIds.push(binding.createTensor([...step.shape], step.dtype, values));
      }
    }
    const ids = [
      ...native.getInputTensorIds(args.filter((_, i) => usedArguments[i])),
      ...hostIds,
      ...native.getInputTensorIds(read),
    ];
    const made = binding.callFunction(traced, ids).map((metadata) => native.createOutputTensor(metadata));
    const results = made.slice(0, made.length - assigned.length);
    const values = made.slice(results.length);
    assigned.forEach((variable, i) => {
      variable.assign(values[i]! as never);
      values[i]!.dispose();
    });
    return trace.result(results);
  } finally {
    for (const id of hostIds) binding.deleteTensor(id);
  }
}
