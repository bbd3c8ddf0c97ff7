import { expect } from 'vitest';
import { type Course, type CourseStep, tensorsOf } from './method-course.js';
import { expectSame, type MethodSnapshot, methodSnapshot, restoreSnapshot } from './method-snapshot.js';
import type { MethodSuite } from './method-suite.js';
import type { MethodUnderTest } from './method-under-test.js';
import { replayed } from './replayed.js';
import { stepProgram } from './step-program.js';

/** How a method trains: from equal seeds, after an interruption, compiled, and to what end. */
export function runCases({ check, options }: MethodSuite): void {
  const { needsLabels = false, learns = 12 } = options;

  check('trains the same from equal seeds', async (course, make) => {
    const [first, second] = [make(), make()];
    expect(await course.train(second)).toEqual(await course.train(first));
    expectSame(methodSnapshot(second), methodSnapshot(first));
  });

  check('goes on from a saved state as if it had not stopped', async (course, make) => {
    const whole = make();
    // As built, after the first step, between the first two epochs, within the last one, at the end.
    const stops = new Set([1, course.stepsPerEpoch, course.last + 1, course.steps]);
    const saved = new Map<number, MethodSnapshot>([[0, methodSnapshot(whole)]]);
    const onStep = (step: number) => {
      if (stops.has(step + 1)) saved.set(step + 1, methodSnapshot(whole));
    };
    const figures = await course.train(whole, { onStep });
    const end = methodSnapshot(whole);
    for (const [step, snapshot] of saved) {
      const resumed = make();
      restoreSnapshot(resumed, snapshot);
      expectSame(methodSnapshot(resumed), snapshot);
      expect(await course.train(resumed, { from: step })).toEqual(figures.slice(step));
      expectSame(methodSnapshot(resumed), end);
    }
  });

  check('refuses a state from which something is missing, and is as it was', async (course, make) => {
    const [method, other] = [make(1), make(2)];
    await course.train(other, { to: 1 });
    const before = methodSnapshot(method);
    const { tensors, values } = methodSnapshot(other);
    // What comes later only, as prototypes do, need not be there.
    for (const missing of Object.keys(method.state().tensors)) {
      const { [missing]: _, ...rest } = tensors;
      expect(() => restoreSnapshot(method, { tensors: rest, values }), `a state without ${missing}`).toThrow(Error);
      expectSame(methodSnapshot(method), before);
    }
  });

  if (!needsLabels) {
    check('does not train on labels, and does without them', async (course, make) => {
      const [seeing, blind] = [make(), make()];
      await course.train(seeing);
      await course.train(blind, { labels: false });
      expectSame(methodSnapshot(blind), methodSnapshot(seeing));
    });
  }

  check('trains the same when its step is compiled, and looks at no value', async (course, make) => {
    const [plain, compiled] = [make(), make()];
    const step = (run: CourseStep): CourseStep => {
      const traces = new Map<string | number, CourseStep>();
      let count = 0;
      return (...args) => {
        const key = keyOf(course, compiled, count++);
        if (!traces.has(key)) traces.set(key, replayed(run));
        return traces.get(key)!(...args);
      };
    };
    const figures = await course.train(compiled, { step });
    expect(figures).toEqual(await course.train(plain));
    expectSame(methodSnapshot(compiled), methodSnapshot(plain));
  });

  check('names by its traceKey all that a compiled step has by value', async (course, make) => {
    const method = make();
    const { programs, keys } = await programsOf(course, method);
    const first = new Map<string | number, number>();
    for (const [step, key] of keys.entries()) {
      if (!first.has(key)) first.set(key, step);
      const [given, expected] = [programs[step]!, programs[first.get(key)!]!];
      const at = expected.findIndex((line, i) => line !== given[i]);
      const where = `step ${step} is not what was compiled at step ${first.get(key)}, the traceKey is ${key} in both`;
      expect(given[at]?.slice(0, 300), where).toBe(expected[at]?.slice(0, 300));
      expect(given.length, where).toBe(expected.length);
    }
    expect(first.size, 'needed keys that serve for more than one step').toBeLessThan(Math.max(2, keys.length));
  });

  if (learns === false) return;
  check(`learns: the loss of a batch falls in ${learns} steps`, async (course, make) => {
    const method = make();
    await course.train(method);
    // Targets that move, as queues and prototypes do, can make a loss grow that is descended on.
    const losses = course.descend(method, course.steps - 1, learns);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 1e-4 * Math.abs(losses[0]!));
  });
}

/** Under which key a compiled step is kept: without one of its own, it is traced again after every `beforeEpoch`. */
const keyOf = (course: Course<unknown>, method: MethodUnderTest, step: number): string | number =>
  method.traceKey?.() ?? (method.beforeEpoch ? `epoch ${Math.floor(step / course.stepsPerEpoch)}` : 'the only one');

/** What each step is to a compiler, and the key under which it may be kept. */
async function programsOf(course: Course<unknown>, method: MethodUnderTest) {
  const programs: string[][] = [];
  const keys: (string | number)[] = [];
  const step =
    (run: CourseStep): CourseStep =>
    (views, rows) => {
      keys.push(keyOf(course, method, keys.length));
      const { program, result } = stepProgram([...views, ...tensorsOf(rows)], () => run(views, rows));
      programs.push(program);
      return result;
    };
  await course.train(method, { step });
  return { programs, keys };
}
