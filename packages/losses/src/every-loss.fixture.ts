import { createRng } from '@hcsc/random';
import {
  add,
  cast,
  concat,
  div,
  fill,
  less,
  norm,
  ones,
  range,
  reshape,
  slice,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { crossContext } from './cross-context.js';
import { dcl } from './dcl.js';
import { icsc } from './icsc.js';
import { infoNCE } from './info-nce.js';
import { ntXent } from './nt-xent.js';
import type { MaskMode, Reduction } from './options.js';
import { pcsc } from './pcsc.js';
import { protoNCE } from './proto-nce.js';
import { relationalCrossEntropy } from './relational-cross-entropy.js';
import { supCon } from './sup-con.js';

/** Queries and keys `[N, D]`, others `[M, D]`, masks `[N, M]` and `[2N, 2N]` of 0 and 1. */
export interface Inputs {
  query: Tensor2D;
  key: Tensor2D;
  others: Tensor2D;
  keep: Tensor2D;
  pairKeep: Tensor2D;
}

export interface Call {
  temperature: number;
  reduction?: Reduction;
  blockSize?: number;
  mode?: MaskMode;
}

const ids = (from: number, to: number) => range(from, to, 1, 'int32') as Tensor1D;

/** Half of the keys as everybody's prototypes, so that rows share a positive; then the others, of which one was dropped. */
function prototypes({ key, others, keep }: Inputs, temperature: number) {
  const [n, m] = [key.shape[0], others.shape[0]];
  const own = Math.ceil(n / 2);
  return {
    centroids: concat([slice(key, 0, own), others]) as Tensor2D,
    concentration: fill([own + m], temperature) as Tensor1D,
    positives: concat([ids(0, own), ids(0, n - own)]) as Tensor1D,
    keep: concat([ones([n, own]), keep], 1) as Tensor2D,
    alive: concat([ones([own + m - 1]), zeros([1])]) as Tensor1D,
  };
}

const contexts = (global: Tensor2D, hypercolumn: Tensor2D) => ({ global, hypercolumn });

/** Every loss of this package, and every way through it, as a function of the same inputs. */
export const everyLoss: Record<string, (inputs: Inputs, call: Call) => Tensor> = {
  infoNCE: ({ query, key, others }, call) => infoNCE(query, key, others, call),
  'infoNCE with a mask': ({ query, key, others, keep }, call) => infoNCE(query, key, others, { ...call, keep }),
  'infoNCE with weights': ({ query, key, others, keep }, call) =>
    infoNCE(query, key, others, { ...call, weights: add(keep, slice(keep, [0, 0], [-1, 1])) as Tensor2D }),
  'decoupled infoNCE': ({ query, key, others, keep }, call) =>
    infoNCE(query, key, others, { ...call, keep, decoupled: true }),
  icsc: ({ query, key, others, keep }, call) =>
    icsc(query, key, others, [keep, ones(keep.shape) as Tensor2D], { ...call }),
  pcsc: (inputs, call) => pcsc(inputs.query, [prototypes(inputs, call.temperature)], call),
  'protoNCE of all': (inputs, call) => {
    const { keep: _, ...level } = prototypes(inputs, call.temperature);
    return protoNCE(inputs.query, [level, { ...level, alive: null }], call);
  },
  'protoNCE of some': (inputs, call) => {
    const { keep: _, ...level } = prototypes(inputs, call.temperature);
    return protoNCE(inputs.query, [{ ...level, negatives: ids(0, inputs.others.shape[0]) }], call);
  },
  ntXent: ({ query, key }, call) => ntXent(query, key, call),
  'ntXent with a mask': ({ query, key, pairKeep }, call) => ntXent(query, key, { ...call, keep: pairKeep }),
  'ntXent with more positives, L_out': ({ query, key, pairKeep }, call) =>
    ntXent(query, key, { ...call, positives: pairKeep }),
  'ntXent with more positives, L_in, and a mask': ({ query, key, pairKeep }, call) =>
    ntXent(query, key, { ...call, positives: [[0, query.shape[0] - 1]], averaging: 'in', keep: pairKeep }),
  'supCon, L_out': ({ query, key, others }, call) => {
    const labels = concat([ids(0, query.shape[0]), ids(0, key.shape[0]), ids(0, others.shape[0])]) as Tensor1D;
    return supCon(concat([query, key, others]) as Tensor2D, labels, call);
  },
  'supCon of views, L_sum': ({ query, key }, call) => {
    const labels = cast(less(ids(0, query.shape[0]), 2), 'int32') as Tensor1D;
    return supCon(stack([query, key], 1) as Tensor3D, labels, { ...call, averaging: 'sum' });
  },
  dcl: ({ query, key }, call) => dcl(query, key, call),
  'dcl with a mask': ({ query, key, pairKeep }, call) => dcl(query, key, { ...call, keep: pairKeep }),
  relationalCrossEntropy: ({ query, key, others }, { temperature, ...call }) =>
    relationalCrossEntropy(query, key, others, {
      ...call,
      studentTemperature: temperature,
      teacherTemperature: temperature / 2,
    }),
  crossContext: ({ query, key, others, keep }, { temperature, ...call }) => {
    const wide = (rows: Tensor2D) => concat([rows, zeros([rows.shape[0], 1])], 1) as Tensor2D;
    const center = reshape(slice(keep, 0, 1), [-1]) as Tensor1D;
    const temperatures = {
      global: { student: temperature, teacher: 2 * temperature },
      hypercolumn: { student: temperature },
    };
    return crossContext(contexts(query, wide(key)), contexts(key, wide(query)), contexts(others, wide(others)), {
      ...call,
      temperatures,
      centers: { global: center },
    });
  },
};

/** Losses that a mask can leave without a negative. */
export const masked = Object.keys(everyLoss).filter((name) => /mask|decoupled|^icsc|^pcsc/.test(name));

/** Rows of length 1 and random masks. */
export function inputsOf(n: number, m: number, d: number, seed = 0): Inputs {
  const rng = createRng(seed);
  return tidy(() => {
    const unit = (rows: number) => {
      const x = rng.normalTensor([rows, d]);
      return div(x, norm(x, 2, 1, true)) as Tensor2D;
    };
    const mask = (rows: number, columns: number) =>
      cast(less(rng.uniformTensor([rows, columns]), 0.6), 'float32') as Tensor2D;
    return { query: unit(n), key: unit(n), others: unit(m), keep: mask(n, m), pairKeep: mask(2 * n, 2 * n) };
  });
}
