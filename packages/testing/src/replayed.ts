import { type Tracer, whileTracing } from '@hcsc/trace';
import { clone, dispose, engine, type Tensor, type TensorContainer, tensor, tidy, zeros } from '@tensorflow/tfjs-core';

/** The function that {@link replayed} makes, and how much it replays at a call. */
export interface Replayed<A extends readonly unknown[], R> {
  (...args: A): R;
  /** Reads and actions on the host at each call; 0 before the first. */
  readonly reads: number;
}

/**
 * Makes a function behave as if a compiler had traced it, on any backend: to test that a part can be compiled.
 *
 * The first call traces: `fn` runs once with zeros for what is read from the host, no value of a tensor can be read, and
 * variables get their values back. Every call, the first included, then replays the recorded reads and actions and runs
 * `fn` on what was read. A part that takes a number from the host past `@hcsc/trace` meets it too late or throws, so that
 * results differ from those of the plain function.
 *
 * @example
 * ```ts
 * const update = replayed(() => encoder.update());
 * update();
 * update();
 * expect(encoder.step).toBe(2);
 * ```
 */
export function replayed<A extends readonly unknown[], R extends TensorContainer>(
  fn: (...args: A) => R,
): Replayed<A, R> {
  type Entry = { shape: readonly number[]; dtype: 'float32' | 'int32'; read: () => Float32Array | Int32Array };
  let recorded: (Entry | (() => void))[] | null = null;

  const trace = (args: A) => {
    const entries: (Entry | (() => void))[] = [];
    const tracer: Tracer = {
      tensor(shape, dtype, read) {
        entries.push({ shape, dtype, read });
        return zeros([...shape], dtype);
      },
      action: (run) => entries.push(run),
    };
    keepingVariables(() => withoutReading(() => dispose(whileTracing(tracer, () => tidy(() => fn(...args))))));
    return entries;
  };

  const call = (...args: A): R => {
    recorded ??= trace(args);
    const values = recorded.flatMap((entry) => {
      if (typeof entry !== 'function') return [{ ...entry, values: entry.read() }];
      entry();
      return [];
    });
    const tracer: Tracer = {
      tensor() {
        const { values: given, shape, dtype } = values.shift()!;
        return tensor(given, [...shape], dtype);
      },
      action: () => {},
    };
    return withoutReading(() => whileTracing(tracer, () => tidy(() => fn(...args))));
  };
  return Object.defineProperty(call, 'reads', { get: () => recorded?.length ?? 0 }) as Replayed<A, R>;
}

/** Runs `run` while reading a tensor's values throws, as in a compiler. */
export function withoutReading<T>(run: () => T): T {
  const tracking = engine();
  tracking.readSync = () => {
    throw new Error('Cannot read the values of a tensor while a function is traced');
  };
  try {
    return run();
  } finally {
    // What stood before is the class's own method.
    delete (tracking as Partial<typeof tracking>).readSync;
  }
}

/** Runs `run` and puts all variables back to what they were. */
function keepingVariables(run: () => void): void {
  const { registeredVariables } = engine().state;
  const before = Object.values(registeredVariables).map((variable) => [variable, clone(variable) as Tensor] as const);
  try {
    run();
  } finally {
    for (const [variable, value] of before) {
      variable.assign(value);
      value.dispose();
    }
  }
}
