// MoCo v2 steps in TypeScript, as the peers do them: ours.ts '<model as JSON>' <threads> eager|compiled native|wasm.
import { createInterface } from 'node:readline';
import { startRuntime } from '@hcsc/runtime';
import { mocoStep } from '../moco-step.js';
import type { TrainModel } from '../train-models.js';

const [json, threads, mode, backend] = process.argv.slice(2);
const model = JSON.parse(json!) as TrainModel;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const runtime = await startRuntime({ backend: backend as 'native' | 'wasm', threads: Number(threads), log: () => {} });
const step = mocoStep(model, { compiled: mode === 'compiled' });
const version = runtime.info.tensorflow ? `TensorFlow ${runtime.info.tensorflow}` : runtime.backend;
say({ version: `${version}, Node ${process.version}`, parameters: step.parameters });
for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  let loss = Number.NaN;
  const started = performance.now();
  for (let i = 0; i < count; i++) loss = await step.run();
  say({ imagesPerSecond: (count * model.batch * 1000) / (performance.now() - started), loss });
}
step.dispose();
runtime.stop();
