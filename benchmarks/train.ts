// npm run bench -- train [--quick]: one MoCo v2 step of a small ResNet, 28 × 28 × 1, batch 64, queue 4,096, 2 threads.
import { mlp, resnet } from '@hcsc/backbones';
import { views } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { startRuntime } from '@hcsc/runtime';
import { sgd, trainStep } from '@hcsc/train';
import { clone, type Tensor4D } from '@tensorflow/tfjs-core';
import { moco } from '../examples/moco-v2/method.js';
import { startPeer } from './peer.js';
import { median, type Row, report } from './results.js';

const THREADS = 2;
const BATCH = 64;
const QUEUE = 4096;
const quick = process.argv.includes('--quick');
const [rounds, steps] = quick ? [3, 5] : [7, 15];

const runtime = await startRuntime({ threads: THREADS });
const rows: Row[] = [];
const versions: Record<string, string> = {
  node: process.version,
  backend: runtime.backend,
  ...(runtime.info.tensorflow && { tensorflow: runtime.info.tensorflow }),
};

for (const width of quick ? [16] : [16, 32]) {
  const rng = createRng(0);
  const encoder = resnet({
    blocks: [2, 2, 2],
    widths: [width, 2 * width, 4 * width],
    stem: 'cifar',
    inputShape: [28, 28, 1],
  });
  const method = moco({ encoder, head: mlp({ hidden: 4 * width, units: 128 }), rng, queue: QUEUE });
  const optimizer = sgd({ learningRate: 0.03 }).create();
  const same = { transforms: [], apply: (images: Tensor4D) => clone(images) };
  const images = rng.uniformTensor([BATCH, 28, 28, 1]) as Tensor4D;
  const options = { method, views: views(same, same), optimizer };
  const ours = (count: number) => {
    const started = performance.now();
    for (let step = 0; step < count; step++) {
      trainStep(options, images, { indices: new Int32Array(BATCH), labels: null, step, epoch: 0, rng }, 0.03);
    }
    return (count * BATCH * 1000) / (performance.now() - started);
  };
  const torch = await startPeer('torch_moco.py', [width, BATCH, QUEUE, THREADS]);
  if (torch) versions.pytorch = torch.version;
  ours(3);
  await torch?.round(3);
  const speeds: { ours: number[]; torch: number[] } = { ours: [], torch: [] };
  for (let round = 0; round < rounds; round++) {
    speeds.ours.push(ours(steps));
    if (torch) speeds.torch.push(await torch.round(steps));
  }
  torch?.stop();
  const middle = median(speeds.ours);
  rows.push({
    name: `MoCo step, width ${width}, eager`,
    unit: 'images/s',
    ours: middle,
    peers: { pytorch: torch ? median(speeds.torch) : 'missing: apt-get install python3-torch' },
    ratio: torch ? middle / median(speeds.torch) : null,
    spread: [Math.min(...speeds.ours), Math.max(...speeds.ours)],
    target: null,
  });
  images.dispose();
  optimizer.dispose();
  method.dispose();
}
report('train', versions, THREADS, rows);
runtime.stop();
