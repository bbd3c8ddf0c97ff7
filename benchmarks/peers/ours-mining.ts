// Semantic positive pairs in TypeScript: ours-mining.ts '<mining as JSON>' <file of features> <threads>.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startRuntime } from '@hcsc/runtime';
import { semanticPairs } from '@hcsc/samplers';
import type { Mining } from '../mining-sets.js';

const [json, file, threads] = process.argv.slice(2);
const { images, width, lower, upper, closest, blockSize } = JSON.parse(json!) as Mining;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const runtime = await startRuntime({ backend: 'native', threads: Number(threads), log: () => {} });
const { buffer, byteOffset } = readFileSync(file!);
const features = { values: new Float32Array(buffer, byteOffset, images * width), width };
const miner = semanticPairs({ upper, blockSize, ...(closest ? { target: closest } : { lower }) });
say({ version: `TensorFlow ${runtime.info.tensorflow}, Node ${process.version}`, parameters: 0 });
for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  let pairs = Number.NaN;
  const started = performance.now();
  for (let i = 0; i < count; i++) pairs = (await miner.mine({ features })).similarities.length;
  say({ imagesPerSecond: (count * images * 1000) / (performance.now() - started), loss: pairs });
}
runtime.stop();
