import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { batchNormTraining } from '../backbones/src/batch-norm-training.js';
import { startRuntime } from './src/index.js';

const [backend, W0, bnMode] = [process.argv[2] as 'native', Number(process.argv[3] ?? 16), process.argv[4]];
const W = W0;
const rt = await startRuntime({ backend, threads: process.env.THREADS ? Number(process.env.THREADS) : undefined });
const N = 64;
const bn =
  bnMode === 'tfjs'
    ? (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.batchNorm(
          x as tf.Tensor4D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          b as tf.Tensor1D,
          g as tf.Tensor1D,
          1e-5,
        );
      }
    : (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
        const r = batchNormTraining(x, g, b);
        return r.y;
      };
function net() {
  const vs: tf.Variable[] = [];
  const V = (shape: number[], std: number) => {
    const v = tf.variable(tf.randomNormal(shape, 0, std));
    vs.push(v);
    return v;
  };
  const conv = (i: number, o: number, k: number) => V([k, k, i, o], Math.sqrt(2 / (k * k * o)));
  const B = (o: number): [tf.Variable, tf.Variable] => {
    const a = tf.variable(tf.ones([o])),
      b = tf.variable(tf.zeros([o]));
    vs.push(a, b);
    return [a, b];
  };
  const stem = conv(1, W, 3),
    sb = B(W);
  const blocks = (
    [
      [W, W, 1],
      [W, W, 1],
      [W, 2 * W, 2],
      [2 * W, 2 * W, 1],
      [2 * W, 4 * W, 2],
      [4 * W, 4 * W, 1],
    ] as const
  ).map(([i, o, s]) => ({
    c1: conv(i, o, 3),
    b1: B(o),
    c2: conv(o, o, 3),
    b2: B(o),
    d: s !== 1 || i !== o ? conv(i, o, 1) : null,
    db: s !== 1 || i !== o ? B(o) : null,
    s,
  }));
  const f1 = V([4 * W, 4 * W], 0.1),
    f2 = V([4 * W, 128], 0.1);
  const c2 = (x: tf.Tensor, w: tf.Tensor, s: number) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, s, 'same');
  return {
    vs,
    f(x: tf.Tensor) {
      let h: tf.Tensor = tf.relu(bn(c2(x, stem, 1), ...sb));
      for (const b of blocks) {
        let y: tf.Tensor = tf.relu(bn(c2(h, b.c1, b.s), ...b.b1));
        y = bn(c2(y, b.c2, 1), ...b.b2);
        const sc = b.d ? bn(c2(h, b.d, b.s), ...b.db!) : h;
        h = tf.relu(tf.add(y, sc));
      }
      let z: tf.Tensor = tf.mean(h, [1, 2]);
      z = tf.matMul(tf.relu(tf.matMul(z as tf.Tensor2D, f1 as tf.Tensor2D)), f2 as tf.Tensor2D);
      return tf.div(z, tf.norm(z, 2, 1, true));
    },
  };
}
const q = net(),
  k = net();
let queue = tf.keep(tf.randomNormal([4096, 128]));
const mom = q.vs.map((v) => tf.variable(tf.zerosLike(v)));
function step() {
  return tf.tidy(() => {
    const a = tf.randomNormal([N, 28, 28, 1]),
      b = tf.randomNormal([N, 28, 28, 1]);
    k.vs.forEach((v, i) => v.assign(tf.add(tf.mul(v, 0.999), tf.mul(q.vs[i]!, 0.001))));
    const kk = k.f(b);
    const { value, grads } = tf.variableGrads(() => {
      const z = q.f(a);
      const lo = tf.div(
        tf.concat([tf.sum(tf.mul(z, kk), 1, true), tf.matMul(z as tf.Tensor2D, queue as tf.Tensor2D, false, true)], 1),
        0.2,
      );
      return tf.neg(tf.mean(tf.slice(tf.logSoftmax(lo), [0, 0], [N, 1])));
    }, q.vs);
    q.vs.forEach((v, i) => {
      mom[i]!.assign(tf.add(tf.mul(mom[i]!, 0.9), grads[v.name]!));
      v.assign(tf.sub(v, tf.mul(mom[i]!, 0.03)));
    });
    const nq = tf.keep(tf.concat([tf.slice(queue, [N, 0]), kk]));
    queue.dispose();
    queue = nq as tf.Tensor2D;
    return value.dataSync()[0]!;
  });
}

import { profileKernels } from './bench-tmp-prof.js';

for (let i = 0; i < 3; i++) step();
if (process.env.KPROF) {
  const done = profileKernels(tf.getBackend());
  const t = performance.now();
  for (let i = 0; i < 10; i++) step();
  console.log('total', (performance.now() - t) / 10);
  done(10);
}
const steps = Number(process.env.STEPS ?? 10),
  rounds = Number(process.env.ROUNDS ?? 3),
  rates: number[] = [];
if (process.env.PROFILE) {
  const e: any = tf.engine();
  const times = new Map<string, [number, number]>();
  const be: any = tf.backend();
  const ex = be.binding?.executeOp?.bind(be.binding);
  if (ex)
    be.binding.executeOp = (n: string, ...r: any[]) => {
      const t = performance.now();
      const o = ex(n, ...r);
      const d = performance.now() - t;
      const x = times.get(n) ?? [0, 0];
      x[0] += d;
      x[1]++;
      times.set(n, x);
      return o;
    };
  const t = performance.now();
  for (let i = 0; i < steps; i++) step();
  const total = (performance.now() - t) / steps;
  const rows = [...times]
    .map(([n, [ms, c]]) => [n, (ms / steps).toFixed(2), (c / steps).toFixed(0)])
    .sort((a, b) => Number(b[1]) - Number(a[1]));
  console.log(
    'total',
    total.toFixed(1),
    'in ops',
    rows.reduce((a, r) => a + Number(r[1]), 0).toFixed(1),
    'n',
    rows.reduce((a, r) => a + Number(r[2]), 0),
  );
  console.log(
    rows
      .slice(0, 25)
      .map((r) => r.join(' '))
      .join('\n'),
  );
} else
  for (let r = 0; r < rounds; r++) {
    const t = performance.now();
    for (let i = 0; i < steps; i++) step();
    rates.push((N * steps) / ((performance.now() - t) / 1e3));
  }
console.log(
  backend,
  W,
  rates.map((r) => r.toFixed(0)).join(' '),
  'img/s',
  'tensors',
  tf.memory().numTensors,
  rt.reason,
);
