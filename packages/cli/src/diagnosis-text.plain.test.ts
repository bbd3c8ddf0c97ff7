import type { RuntimeDiagnosis } from '@hcsc/runtime';
import { expect, test } from 'vitest';
import { diagnosisText } from './diagnosis-text.js';

const works = (detail: string) => ({ works: true, detail });
const missing = (name: string) => ({ works: false, detail: 'not installed', remedy: `npm install ${name}` });

const packages: RuntimeDiagnosis['packages'] = {
  '@tensorflow/tfjs-core': works('4.22.0'),
  '@tensorflow/tfjs-layers': works('4.22.0'),
  '@tensorflow/tfjs-backend-wasm': missing('@tensorflow/tfjs-backend-wasm'),
  '@tensorflow/tfjs-backend-cpu': works('4.22.0'),
  '@tensorflow/tfjs-backend-webgpu': missing('@tensorflow/tfjs-backend-webgpu'),
  webgpu: missing('webgpu'),
};

const good: RuntimeDiagnosis = {
  node: works('20.19.0 for linux on x64'),
  koffi: works('3.3.4'),
  processor: { model: 'A processor', cores: 2, instructions: ['avx2', 'avx512f'] },
  libraries: [
    { source: 'python', place: '/usr/bin/python3', problem: 'has no tensorflow', verdict: 'unusable', remedy: 'pip …' },
    {
      source: 'cache',
      place: '/cache/tf',
      folder: '/cache/tf',
      version: '2.21.0',
      verdict: 'used',
      devices: ['CPU:0'],
    },
    { source: 'tfjs-node', place: 'tfjs-node', folder: '/lib', version: '2.10.1', verdict: 'usable' },
  ],
  native: {
    works: true,
    detail: 'TensorFlow 2.21.0 from /cache/tf',
    devices: ['CPU:0'],
    threads: 2,
    instructions: ['AVX2', 'FMA'],
  },
  gpu: { works: false, detail: 'no driver for NVIDIA GPUs (libcuda.so.1)' },
  packages,
};

test('a line for each thing, and no command where nothing is to mend', () => {
  expect(diagnosisText(good)).toBe(`✓ Node        20.19.0 for linux on x64
✓ koffi       3.3.4
  processor   A processor, 2 threads, avx2, avx512f

TensorFlow's library, in the order it is looked for:
· path        none is given by libraryPath or HCSC_TENSORFLOW
· python      /usr/bin/python3: has no tensorflow
✓ cache       /cache/tf: TensorFlow 2.21.0: this one is used
  tfjs-node   tfjs-node: TensorFlow 2.10.1 in /lib: would do, too

✓ native      TensorFlow 2.21.0 from /cache/tf
  devices     CPU:0
  threads     2
  uses        AVX2, FMA
· GPU         no driver for NVIDIA GPUs (libcuda.so.1)

✓ core        @tensorflow/tfjs-core 4.22.0
✓ layers      @tensorflow/tfjs-layers 4.22.0
· wasm        @tensorflow/tfjs-backend-wasm not installed
✓ cpu         @tensorflow/tfjs-backend-cpu 4.22.0
· webgpu      @tensorflow/tfjs-backend-webgpu not installed
· webgpu      webgpu not installed
`);
});

test('the commands that mend what is broken, each once', () => {
  const remedy = 'npx hcsc runtime install';
  const text = diagnosisText({
    ...good,
    libraries: [
      { source: 'path', place: 'HCSC_TENSORFLOW', folder: '/x', problem: 'does not hold it', verdict: 'unusable' },
    ],
    koffi: { works: false, detail: 'not found', remedy: 'npm install koffi' },
    native: { works: false, detail: "TensorFlow's library is not there", threads: 2, remedy },
  });
  expect(text).not.toContain('none is given');
  expect(text).toContain('· path        HCSC_TENSORFLOW: does not hold it\n');
  expect(text).toContain("✗ native      TensorFlow's library is not there\n· GPU");
  expect(text).toMatch(
    /\nTo mend it:\n {2}npm install koffi\n {2}npx hcsc runtime install\n {2}npm install @tensorflow\/tfjs-backend-wasm\n$/,
  );
});
