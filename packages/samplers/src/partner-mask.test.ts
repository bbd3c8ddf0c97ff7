import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import { type KernelBackend, memory, type Tensor1D, type TensorInfo, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { batchPositives } from './batch-positives.js';
import { partnerMask } from './partner-mask.js';
import { type PartnerTable, partnerTable } from './partner-table.js';
import { own, read } from './sampler-request.fixture.js';
import { wrapKernel } from './wrap-kernel.fixture.js';

const PAIRS = [
  [0, 3],
  [3, 5],
  [6, 1],
  [5, 3], // again, the other way round
] as const;
const mined = { images: 8, pairs: Int32Array.from(PAIRS.flat()) };
/** A table that is disposed when the test is over. */
function table(of: Parameters<typeof partnerTable>[0]): PartnerTable {
  const made = partnerTable(of);
  onTestFinished(made.dispose);
  return made;
}
const areTogether = (i: number, j: number) =>
  i === j || PAIRS.some(([a, b]) => (a === i && b === j) || (a === j && b === i));

describe('partnerTable', () => {
  it('lists the partners of each image', () => {
    const before = memory().numTensors;
    const made = partnerTable(mined);
    expect([made.images, made.most]).toEqual([8, 2]);
    const starts = made.starts.dataSync();
    const partners = Array.from({ length: 8 }, (_, i) => [...made.partners.dataSync().slice(starts[i], starts[i + 1])]);
    expect(partners).toEqual([[3], [6], [], [0, 5], [], [3], [1], []]);
    made.dispose();
    const empty = partnerTable({ images: 2, pairs: new Int32Array(0) });
    expect([empty.most, [...empty.starts.dataSync()], [...empty.partners.dataSync()]]).toEqual([0, [0, 0, 0], [-1]]);
    expect(read(partnerMask([0, 1], [1, 0, 1, -1, 2], empty))).toEqual([
      [0, 1, 0, 0, 0],
      [1, 0, 1, 0, 0],
    ]);
    empty.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    [0, 0],
    [0, 8],
    [-1, 0],
  ])('refuses the pair (%i, %i)', (i, j) => {
    const before = memory().numTensors;
    expect(() => partnerTable({ images: 8, pairs: Int32Array.of(1, 2, i, j) })).toThrow(
      new RangeError(`Cannot make a table of partners: needed pairs of two images from 0 to 7, got (${i}, ${j}) at 1`),
    );
    expect(memory().numTensors).toBe(before);
  });
});

describe('partnerMask', () => {
  it('marks the own image and its partners, and no unknown ids', () => {
    const partners = table(mined);
    const [anchors, candidates] = [
      [3, 0, 2, 7],
      [5, 5, 2, -1, 0, 3, 6],
    ];
    const expected = anchors.map((i) => candidates.map((j) => (areTogether(i, j) ? 1 : 0)));
    expect(read(partnerMask(anchors, candidates, partners))).toEqual(expected);
    const [rows, others] = [anchors, candidates].map((ids) => own(tensor1d(ids, 'int32') as Tensor1D));
    const before = memory().numTensors;
    const step = replayed(() => partnerMask(rows!, others!, partners));
    for (let call = 0; call < 2; call++) expect(read(step())).toEqual(expected);
    expect(memory().numTensors).toBe(before);
  });

  it('does not mind what the backend makes of places that are written twice', () => {
    // WebGL adds up.
    wrapKernel('TensorScatterUpdate', () => ({ inputs, backend }) => {
      const { tensor, indices, updates } = inputs as Record<string, TensorInfo>;
      const memory = backend as KernelBackend;
      const valuesOf = ({ dataId }: TensorInfo) => Array.from(memory.readSync(dataId) as Int32Array);
      const [values, given] = [valuesOf(tensor!), valuesOf(updates!)];
      const sums = new Map<number, number>();
      for (const [at, place] of valuesOf(indices!).entries()) sums.set(place, (sums.get(place) ?? 0) + given[at]!);
      for (const [place, sum] of sums) values[place] = sum;
      const { shape, dtype } = tensor!;
      return { dataId: memory.write(Int32Array.from(values), shape, dtype), shape, dtype };
    });
    const partners = table(mined);
    const ids = [3, 0, 5, 3, 6, 0, 1, 7, 7];
    const expected = ids.map((i) => ids.map((j) => (areTogether(i, j) ? 1 : 0)));
    expect(read(partnerMask(ids, ids, partners))).toEqual(expected);
  });

  it('marks partners of an image that has more than fit a block', () => {
    const [images, batch] = [1500, 64];
    const rng = createRng(0);
    const pairs = Array.from({ length: images - 1 }, (_, i) => [0, i + 1]).flat();
    const partners = table({ images, pairs: Int32Array.from(pairs) });
    const ids = Array.from({ length: batch }, (_, i) => (i === 7 ? 0 : 1 + rng.integer(images - 1)));
    const expected = ids.map((i) => ids.map((j) => (i === j || i === 0 || j === 0 ? 1 : 0)));
    expect(read(partnerMask(ids, ids, partners))).toEqual(expected);
  });

  it('refuses ids that are none', () => {
    const partners = table(mined);
    const floats = own(tensor1d([0, 1]));
    const before = memory().numTensors;
    const prefix = 'Cannot look up partners: needed ';
    expect(() => partnerMask([8], [0], partners)).toThrow(new RangeError(`${prefix}anchors as ids from 0 to 7, got 8`));
    expect(() => partnerMask([-1], [0], partners)).toThrow(RangeError);
    expect(() => partnerMask([0], [0.5], partners)).toThrow(new RangeError(`${prefix}candidates as integers, got 0.5`));
    expect(() => partnerMask([], [0], partners)).toThrow(`${prefix}anchors as int32 [A], got int32 [0]`);
    expect(() => partnerMask(floats, [0], partners)).toThrow(TypeError);
    expect(() => partnerMask([0], [0], own(tensor2d([[1]])) as never)).toThrow(TypeError);
    expect(memory().numTensors).toBe(before + 1);
  });
});

describe('batchPositives', () => {
  it.each([1, 2, 3])('marks the positives among %i views of a batch', (views) => {
    const partners = table(mined);
    const batch = [3, 4, 0, 6, 5, 3];
    const size = views * batch.length;
    const expected = Array.from({ length: size }, (_, a) =>
      Array.from({ length: size }, (_, b) => (a !== b && areTogether(batch[a % 6]!, batch[b % 6]!) ? 1 : 0)),
    );
    expect(read(batchPositives(batch, partners, { views }))).toEqual(expected);
    const ids = own(tensor1d(batch, 'int32') as Tensor1D);
    expect(read(replayed(() => batchPositives(ids, partners, { views }))())).toEqual(expected);
  });

  it.each([0, 1.5, Number.NaN])('refuses %d views', (views) => {
    const partners = table(mined);
    expect(() => batchPositives([0], partners, { views })).toThrow(
      new RangeError(`Cannot mark a batch's positives: needed views as an integer of at least 1, got ${views}`),
    );
  });
});
