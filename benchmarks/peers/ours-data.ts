// MoCo v2's two views by our loaders, as tensors: ours-data.ts '<data set as JSON>' <workers> workers|device [wasm].

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { imageFolder, imagenetStatistics, loader, memorySource, mocoV2, viewLoader } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { compile, startRuntime } from '@hcsc/runtime';
import { mean, type Tensor4D } from '@tensorflow/tfjs-core';
import type { DataSetToLoad } from '../data-sets.js';

const [json, threads, where, backend] = process.argv.slice(2);
const { size, batch, images, blur } = JSON.parse(json!) as DataSetToLoad;
const workers = Number(threads);
const AHEAD = 2;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const runtime = await startRuntime({ backend: (backend ?? 'native') as 'native', threads: workers, log: () => {} });
const rng = createRng(0);
const source =
  typeof images === 'string'
    ? await imageFolder(images, { workers })
    : memorySource(
        Uint8Array.from({ length: images * size * size * 3 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24),
        [size, size, 3],
      );
const plan = mocoV2({ size, blur: blur ? {} : false, normalize: imagenetStatistics });
const options = { batchSize: batch, rng, dropLast: true };

interface Views {
  readonly views: readonly Tensor4D[];
  dispose(): void;
}

async function* made(): AsyncGenerator<Views> {
  if (where === 'workers') {
    const batches = viewLoader(source, plan, { ...options, workers, prefetch: AHEAD });
    for (let epoch = 0; ; epoch++) yield* batches.batches(epoch);
  }
  const apply = compile((given: Tensor4D) => plan.apply(given, rng), { jit: 'xla' });
  const batches = loader(source, { ...options, prefetch: AHEAD });
  for (let epoch = 0; ; epoch++) {
    for await (const { images, dispose } of batches.batches(epoch)) {
      const views = apply(images);
      await views.at(-1)!.data(); // the device has made them
      dispose();
      yield { views, dispose: () => views.map((view) => view.dispose()) };
    }
  }
}

const stream = made();
const next = async () => (await stream.next()).value as Views;
say({ version: `${runtime.backend}, Node ${process.version}`, parameters: 0 });
for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  for (let i = 0; i < AHEAD; i++) (await next()).dispose(); // what was made before the round does not count
  const started = performance.now();
  for (let i = 0; i < count; i++) (await next()).dispose();
  const seconds = (performance.now() - started) / 1000;
  await sleep((1500 * AHEAD * seconds) / count); // until no worker has anything left to do
  const last = await next();
  const average = last.views.reduce((sum, view) => sum + mean(view).dataSync()[0]!, 0) / last.views.length;
  last.dispose();
  say({ imagesPerSecond: (count * batch) / seconds, loss: average });
}
await stream.return(undefined);
runtime.stop();
