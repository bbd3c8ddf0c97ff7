import {
  add,
  dispose,
  grads,
  memory,
  mul,
  profile,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Call, everyLoss, inputsOf } from './every-loss.fixture.js';
import { infoNCE } from './info-nce.js';
import { ntXent } from './nt-xent.js';
import { relationalCrossEntropy } from './relational-cross-entropy.js';

const [N, M, D] = [5, 11, 4];

describe.each(Object.entries(everyLoss))('%s in blocks', (_, loss) => {
  it.each(['paper', 'reference'] as const)('has the value and the gradients of the whole, %s', (mode) => {
    const inputs = inputsOf(N, M, D);
    const { query, key, others } = inputs;
    const numbers = (call: Omit<Call, 'temperature'>) => {
      const of = (q: Tensor, k: Tensor, n: Tensor) =>
        loss(
          { ...inputs, query: q as Tensor2D, key: k as Tensor2D, others: n as Tensor2D },
          { temperature: 0.2, mode, ...call },
        );
      const rows = tidy(() => of(query, key, others));
      const slopes = grads((q, k, n) => sumOf(of(q!, k!, n!), [q!, k!, n!]))([query, key, others]);
      return [rows, ...slopes];
    };
    const before = memory().numTensors;
    const whole = numbers({ reduction: 'none' });
    for (const blockSize of [1, 3, M, 2 * N + M + 1]) {
      const blocked = numbers({ reduction: 'none', blockSize });
      blocked.forEach((tensor, i) => {
        expect(tensor).toBeAllclose(whole[i]!, 2e-6);
      });
      dispose(blocked);
    }
    expect(whole.some((tensor) => tensor.dataSync().some((value) => value !== 0))).toBe(true);
    dispose(whole);
    expect(memory().numTensors).toBe(before);
    dispose(Object.values(inputs));
  });
});

/** Weighs the rows differently, and lets a gradient reach inputs that a loss does not use. */
function sumOf(rows: Tensor, inputs: Tensor[]): Tensor {
  const weights = Array.from({ length: rows.size }, (_, i) => 1 + (i % 3));
  return tidy(() => inputs.reduce((total, x) => add(total, mul(sum(x), 0)), sum(mul(rows, weights)) as Tensor));
}

describe('memory of a loss and its gradient in blocks', () => {
  const blockSize = 16;
  // Enough rows for [N, M] to stand out: what is saved of the queue counts as memory, though it is not copied.
  const rows = 64;
  const queue = 2048;

  /** Bytes above what was there. */
  const peak = async (run: () => Tensor): Promise<number> => {
    const { numBytes } = memory();
    const { peakBytes } = await profile(() => {
      const result = run();
      result.dispose();
      return result;
    });
    return peakBytes - numBytes;
  };

  it('is that of a block, for a queue', async () => {
    const { query, key, others, ...rest } = inputsOf(rows, queue, 4);
    const matrix = 4 * rows * queue;
    const of = (options: { blockSize?: number }) => () =>
      grads((q) => infoNCE(q as Tensor2D, key, others, { check: false, ...options }))([query])[0]!;
    expect(await peak(of({}))).toBeGreaterThan(2 * matrix);
    expect(await peak(of({ blockSize }))).toBeLessThan(matrix / 2);
    const relations = (options: { blockSize?: number }) => () =>
      grads((q) => relationalCrossEntropy(q as Tensor2D, key, others, { check: false, ...options }))([query])[0]!;
    expect(await peak(relations({}))).toBeGreaterThan(2 * matrix);
    expect(await peak(relations({ blockSize }))).toBeLessThan(matrix / 2);
    dispose([query, key, others, ...Object.values(rest)]);
  });

  it('is that of a block, for a batch', async () => {
    const { query, key, ...rest } = inputsOf(256, 1, 4);
    const matrix = 4 * 512 * 512;
    const of = (options: { blockSize?: number }) => () =>
      grads((q) => ntXent(q as Tensor2D, key, { check: false, ...options }))([query])[0]!;
    expect(await peak(of({}))).toBeGreaterThan(2 * matrix);
    expect(await peak(of({ blockSize }))).toBeLessThan(matrix / 2);
    dispose([query, key, ...Object.values(rest)]);
  });
});
