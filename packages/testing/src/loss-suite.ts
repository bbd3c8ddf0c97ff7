import { createRng } from '@hcsc/random';
import { cast, dispose, grads, less, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { ConformanceCase } from './conformance-case.js';
import { download } from './download.js';
import { randomUnitRows } from './random-rows.js';

/** What the suite asks a loss for. */
export interface LossTestRequest {
  temperature: number;
  reduction: 'mean' | 'sum' | 'none';
  /** `[N, M]` float32 of 0 and 1; given only where `masks` is not `'none'`. */
  keep?: Tensor2D;
}

/** A loss as the suite calls it: queries `[N, D]`, keys `[N, D]` and shared negatives `[M, D]`, all of unit length. */
export type LossUnderTest = (query: Tensor2D, key: Tensor2D, negatives: Tensor2D, request: LossTestRequest) => Tensor;

/** Options of {@link testLoss}. */
export interface TestLossOptions {
  /**
   * What a query is contrasted with: the negatives that are given (`'shared'`, the default), or the other images of the
   * batch (`'batch'`, as in NT-Xent and SupCon): then query and key are the two views, the negatives are not to be used,
   * and there are no masks.
   */
  negatives?: 'shared' | 'batch';
  /**
   * What the loss does with keep-masks: a rejected negative is absent (`'paper'`, the default), its logit is 0
   * (`'reference'`), or it takes no masks (`'none'`).
   */
  masks?: 'paper' | 'reference' | 'none';
  /** Reductions the loss has; default all three. */
  reductions?: readonly LossTestRequest['reduction'][];
  /** Rows of an unreduced loss for each query; default 1, or 2 (one for each view) if negatives are those of the batch. */
  rowsPerQuery?: 1 | 2;
  /** Does a gradient flow to the keys? Default `true`. */
  keyGradient?: boolean;
  /** Does the loss refuse NaN and rows that are not of unit length? Default `true`. */
  refusesValues?: boolean;
  /** Temperature of the ordinary cases; default 0.2. */
  temperature?: number;
  /** Seed of the inputs; default 0. */
  seed?: number;
}

/** What a loss is called with. */
export interface LossInputs {
  query: Tensor2D;
  key: Tensor2D;
  negatives: Tensor2D;
  keep: Tensor2D;
}

export const [ROWS, WIDTH, NEGATIVES] = [4, 6, 11];

/** Inputs or requests other than the usual ones. */
export type LossChanges = Partial<LossInputs & LossTestRequest>;

/** What the parts of the suite are made of. */
export interface LossSuite {
  readonly options: Required<TestLossOptions>;
  readonly cases: ConformanceCase[];
  check(title: string, body: (inputs: LossInputs) => void): void;
  call(inputs: LossInputs, changes?: LossChanges): Tensor;
  values(inputs: LossInputs, changes?: LossChanges): number[];
  /** Of all rows. */
  total(inputs: LossInputs, changes?: LossChanges): number;
  /** Of the query, and of the keys where a gradient flows to them. */
  gradients(inputs: LossInputs, changes?: LossChanges): Tensor[];
}

/** Prepares the suite for a loss, with no case yet. */
export function lossSuite(loss: LossUnderTest, given: TestLossOptions): LossSuite {
  const batch = given.negatives === 'batch';
  const options: Required<TestLossOptions> = {
    ...{ negatives: 'shared', masks: batch ? 'none' : 'paper', reductions: ['mean', 'sum', 'none'] },
    ...{ rowsPerQuery: batch ? 2 : 1, keyGradient: true, refusesValues: true, temperature: 0.2, seed: 0 },
    ...given,
  };
  const { masks, reductions, keyGradient, temperature, seed } = options;
  const call: LossSuite['call'] = (inputs, changes = {}) => {
    const { query, key, negatives, keep, ...request } = {
      temperature,
      reduction: reductions[0]!,
      ...inputs,
      ...changes,
    };
    return loss(query, key, negatives, masks === 'none' ? request : { ...request, keep });
  };
  const suite: LossSuite = {
    ...{ options, cases: [], call },
    check: (title, body) =>
      suite.cases.push({
        title,
        run: () => {
          const inputs = makeInputs(seed);
          try {
            body(inputs);
          } finally {
            dispose(Object.values(inputs));
          }
        },
      }),
    values: (inputs, changes) => download(call(inputs, changes)),
    total: (inputs, changes) => suite.values(inputs, changes).reduce((a, b) => a + b, 0),
    gradients(inputs, changes) {
      const of = (query: Tensor, key: Tensor = changes?.key ?? inputs.key) =>
        call(inputs, { ...changes, query: query as Tensor2D, key: key as Tensor2D });
      const at = { ...inputs, ...changes };
      return keyGradient ? grads(of)([at.query, at.key]) : grads((query) => of(query))([at.query]);
    },
  };
  return suite;
}

/** The share by which two numbers differ. */
export const relative = (a: number, b: number): number => Math.abs(a - b) / (Math.abs(b) + 1e-3);

function makeInputs(seed: number): LossInputs {
  const rng = createRng(seed);
  return {
    query: randomUnitRows(rng, ROWS, WIDTH),
    key: randomUnitRows(rng, ROWS, WIDTH),
    negatives: randomUnitRows(rng, NEGATIVES, WIDTH),
    keep: tidy(() => cast(less(rng.uniformTensor([ROWS, NEGATIVES]), 0.6), 'float32') as Tensor2D),
  };
}
