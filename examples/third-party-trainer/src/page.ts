// The trainer in a page: `?backend=webgl` or `wasm`. If there is a file infonce.json, compares with the numbers in it.
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import type { Golden } from './golden.js';
import { report } from './report.js';

const backend = new URLSearchParams(location.search).get('backend') ?? 'wasm';
const say = (line: string) => {
  document.querySelector('pre')!.append(`${line}\n`);
  console.log(line);
};

setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
});
// Else WebGL would leave whatever is small to the processor.
tf.env().set('WEBGL_CPU_FORWARD', false);
if (!(await tf.setBackend(backend))) throw new Error(`The backend ${backend} does not start`);
const file = await fetch('infonce.json');
// A server for development answers with a page instead of 404.
const found = file.ok && file.headers.get('content-type')?.includes('json');
report(say, found ? ((await file.json()) as Golden) : undefined);
say('done');
