import { infoNCE, nextCenter, relationalCrossEntropy } from '@hcsc/losses';
import { perCall } from '@hcsc/trace';
import type { Method } from '@hcsc/train';
import {
  add,
  addN,
  div,
  mul,
  type Rank,
  type Scalar,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { requireTensors } from '../require-tensors.js';
import { type Context, type Contexts, contextsIn, type Direction } from './contexts.js';
import { type ContextsFrameOptions, contextsFrame } from './contexts-frame.js';
import { relationFigures, type Side } from './relation-figures.js';

/** How sharp the relations of a direction are. */
export interface Sharpness {
  /** τ_s. */
  readonly student: number;
  /** τ_t. */
  readonly teacher: number;
}

export interface CghOptions extends ContextsFrameOptions {
  /** The backbone of the projections. */
  encoder: LayersModel;
  /** Who learns from whom; their losses are averaged. Default: each from the other, or a single one from itself. */
  directions?: readonly Direction[];
  /**
   * Temperatures of a direction, by its student. Default 0.08 everywhere (the paper's configuration). The constants of the
   * official code are 0.1 and 0.08 for the global student, 0.08 and 0.04 for the other; ReSSL's are 0.1 and 0.04.
   */
  temperatures?: Contexts<Sharpness>;
  /** Steps in which InfoNCE on each context gives way to the relations. Paper: those of 5 epochs of 200. */
  warmupSteps?: number;
  /** Of InfoNCE. Paper: 0.2. */
  temperature?: number;
  /**
   * Views behind the strong and the weak one, of any size, that the global student sees too (multi-crop); its loss is the
   * mean over its views. Default 0.
   */
  localViews?: number;
  /** Subtract a running mean from the teachers' similarities to their queues. Paper: false, its code has the option. */
  center?: boolean;
}

interface CghTargets {
  keys: Contexts<Tensor2D>;
}

const CROSSED: readonly Direction[] = [
  { teacher: 'global', student: 'hypercolumn' },
  { teacher: 'hypercolumn', student: 'global' },
];
const USUAL: Sharpness = { student: 0.08, teacher: 0.08 };
const NAMES = { global: 'toGlobal', hypercolumn: 'toHypercolumn' } as const;

/**
 * CGH (WACV 2024): global and hypercolumn features of a strong view learn each other's relations of a weak view to past
 * keys. With the global context alone it is ReSSL (arXiv 2107.09282).
 */
export function cgh({
  encoder,
  directions,
  temperatures = {},
  warmupSteps = 0,
  temperature = 0.2,
  localViews = 0,
  center = false,
  ...options
}: CghOptions): Method<CghTargets> {
  const present = contextsIn(options.projections);
  const learning =
    directions ?? (present.length > 1 ? CROSSED : present.map((one) => ({ teacher: one, student: one })));
  requireDirections(learning, present, localViews);
  const frame = contextsFrame(options);
  const { contexts, queues } = frame;
  const sharpnessOf = (student: Context) => temperatures[student] ?? USUAL;
  const queueOf = (context: Context) => queues[context]!.keys;
  const centers = new Map(
    (center ? contexts : []).map((context) => {
      const start = () => variable(zeros<Rank.R1>([queues[context]!.size]), false);
      return [context, tidy(start)];
    }),
  );
  const centerTensors = () =>
    Object.fromEntries([...centers].map(([context, values]) => [`center/${context}`, values]));
  let warming = warmupSteps > 0;
  /** How far relations have taken over, from 0 to 1. */
  const relational = () => Math.min(Math.max(0, frame.updates() - 1) / warmupSteps, 1);

  return {
    name: contexts.length > 1 ? 'cgh' : 'ressl',
    views: 2 + localViews,
    encoder,
    parameters: frame.parameters,
    options: {
      ...{ momentum: options.momentum, queue: queues[contexts[0]!]!.size, dim: queues[contexts[0]!]!.dim },
      directions: learning.map(({ teacher, student }) => `${teacher} to ${student}`),
      temperatures: Object.fromEntries(learning.map(({ student }) => [student, sharpnessOf(student)])),
      ...{ warmupSteps, ...(warmupSteps > 0 && { temperature }), ...(center && { center }) },
      ...(localViews > 0 && { localViews }),
    },
    traceKey: () => String(warming),
    embed: frame.features[contexts[0]!]!,
    features: { ...frame.features },
    beforeStep: frame.beforeStep,
    figures: frame.figures,

    async beforeEpoch(context) {
      warming = frame.updates() < warmupSteps;
      await frame.fill(context);
      return {};
    },

    // The student sees the strong view, the teacher the weak one.
    targets: ([, weak], { rng }) => ({ keys: frame.encodeKey(weak!, rng.fork('shuffle')) }),

    loss([strong, , ...local], { keys }) {
      const queries = frame.encodeQuery(strong!);
      const parts: Record<string, Scalar> = {};
      for (const { teacher: from, student: to } of learning) {
        const { student: cool, teacher: sharp } = sharpnessOf(to);
        const teacher: Side = {
          rows: keys[from]!,
          queue: queueOf(from),
          temperature: sharp,
          center: centers.get(from),
        };
        const student: Side = { rows: queries[to]!, queue: queueOf(to), temperature: cool };
        const seen = [student.rows, ...(to === 'global' ? local.map(frame.encodeLocal) : [])];
        const losses = seen.map((rows) =>
          relationalCrossEntropy(rows, teacher.rows, student.queue, {
            ...{ studentTemperature: cool, teacherTemperature: sharp, teacherQueue: teacher.queue },
            ...{ center: teacher.center, check: false },
          }),
        );
        parts[NAMES[to]] = div<Scalar>(addN(losses), losses.length);
        for (const [figure, value] of Object.entries(relationFigures(teacher, student))) {
          parts[`${NAMES[to]}${figure[0]!.toUpperCase()}${figure.slice(1)}`] = value;
        }
      }
      const learnt = addN(learning.map(({ student }) => parts[NAMES[student]]!));
      // A context that only teaches has a slope of 0, as the optimiser wants one of every parameter.
      const idle = contexts.filter((context) => !learning.some(({ student }) => student === context));
      const still = idle.map((context) => mul<Scalar>(sum(queries[context]!), 0));
      const relations = addN([div<Scalar>(learnt, learning.length), ...still]);
      if (!warming) return { total: relations, parts, features: queries[contexts[0]!]! };
      const instances = contexts.map((context) =>
        infoNCE(queries[context]!, keys[context]!, queueOf(context), { temperature, check: false }),
      );
      const contrast = addN(instances) as Scalar;
      const share = perCall(relational);
      const total = add(mul(contrast, sub(1, share)), mul(relations, share)) as Scalar;
      return { total, parts: { infoNCE: contrast, ...parts }, features: queries[contexts[0]!]! };
    },

    afterStep({ keys }) {
      for (const [context, values] of centers) {
        const next = nextCenter(values, keys[context]!, queueOf(context));
        values.assign(next);
        next.dispose();
      }
      frame.enqueue(keys);
    },

    state() {
      const { tensors, values } = frame.state();
      return { tensors: { ...tensors, ...centerTensors() }, values: { ...values, warming } };
    },
    restore(state) {
      requireTensors(state.tensors, centerTensors());
      frame.restore(state);
      for (const [context, values] of centers) {
        values.assign(state.tensors[`center/${context}`] as Tensor1D);
      }
      warming = Boolean(state.values.warming);
    },
    dispose() {
      for (const values of centers.values()) values.dispose();
      frame.dispose();
    },
  };
}

/** One direction for each student at most, of contexts that there are; local views have a global student. */
function requireDirections(directions: readonly Direction[], present: readonly Context[], localViews: number): void {
  const students = directions.map(({ student }) => student);
  const missing = directions
    .flatMap(({ teacher, student }) => [teacher, student])
    .find((one) => !present.includes(one));
  if (missing) throw new TypeError(`Cannot train with directions of ${missing} features: give its projection`);
  if (students.length === 0 || new Set(students).size < students.length) {
    throw new TypeError(`Cannot train students ${students.join(', ') || 'none'}: give one direction to each`);
  }
  if (localViews > 0 && !students.includes('global')) {
    throw new TypeError(`Cannot show ${localViews} local views to global features, which learn in no direction`);
  }
}
