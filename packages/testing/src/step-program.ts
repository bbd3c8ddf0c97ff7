import { outsideTrace, type Tracer, whileTracing } from '@hcsc/trace';
import { engine, type Tensor, tensor, Variable } from '@tensorflow/tfjs-core';
import { withoutReading } from './replayed.js';

/**
 * Runs `run` as a compiler would see it, and writes down what a compiled function would be: the kernels in their order,
 * with attributes, shapes, and where each input comes from, and what variables are assigned. Variables and arguments come by name, numbers of the host
 * that go through `@hcsc/trace` as read at each call; every other tensor from outside, and every constant, is frozen: it
 * comes with its values. So two programs are equal if and only if one compiled function serves for both.
 */
export function stepProgram<T>(args: readonly Tensor[], run: () => T): { program: string[]; result: T } {
  const tracking = engine();
  const { runKernel } = tracking;
  const readSync = Object.getPrototypeOf(tracking).readSync as typeof tracking.readSync;
  const program: string[] = [];
  const origins = new Map<number, string>(args.map(({ id }, i) => [id, `argument ${i}`]));
  let perCall = 0;
  /** The kernels at work, outermost first: what is unknown within one, it has made. */
  const within: number[] = [];

  const originOf = (input: Tensor): string => {
    const known = origins.get(input.id);
    if (known) return known;
    if (input instanceof Variable) return `variable ${input.id}`;
    if (within.length > 0) return `made by ${within.at(-1)}`;
    const values = readSync.call(tracking, input.dataId) as ArrayLike<number>;
    return `${input.dtype} ${Array.from(values).join(' ')}`;
  };
  const described = (input: Tensor | readonly Tensor[]): string =>
    Array.isArray(input)
      ? `(${input.map(described).join(', ')})`
      : `[${(input as Tensor).shape}] ${originOf(input as Tensor)}`;

  const tracer: Tracer = {
    tensor(shape, dtype, read) {
      const made = tensor(outsideTrace(read), [...shape], dtype);
      origins.set(made.id, `read at each call, ${perCall++}`);
      return made;
    },
    action: (action) => outsideTrace(action),
  };
  tracking.runKernel = ((name: string, inputs: Record<string, Tensor>, attrs?: object) => {
    const given = Object.entries(inputs ?? {}).filter(([, input]) => input != null);
    const from = given.map(([key, input]) => `${key}: ${described(input)}`).join(', ');
    const place = program.push(`${name}(${from}) ${JSON.stringify(attrs ?? {})}`) - 1;
    within.push(place);
    try {
      const made = runKernel.call(tracking, name, inputs, attrs as never) as Tensor | Tensor[];
      [made].flat().forEach(({ id }, i) => {
        origins.set(id, `${place}.${i}`);
      });
      return made;
    } finally {
      within.pop();
    }
  }) as typeof tracking.runKernel;
  const { assign } = Variable.prototype;
  Variable.prototype.assign = function (this: Variable, value: Tensor) {
    program.push(`variable ${this.id} := ${described(value)}`);
    assign.call(this, value);
  };
  try {
    return { program, result: withoutReading(() => whileTracing(tracer, run)) };
  } finally {
    Variable.prototype.assign = assign;
    // What stood before is the class's own method.
    delete (tracking as Partial<typeof tracking>).runKernel;
  }
}
