import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findNativeLibrary } from './native/find/find-native-library.js';
import { NativeLibraryError } from './native/library-error.js';
import { type Runtime, type RuntimeOptions, startRuntime } from './runtime.js';

const started: Runtime[] = [];
const lines: string[] = [];
const start = async (options: RuntimeOptions = {}) => {
  const runtime = await startRuntime({ log: (line) => lines.push(line), ...options });
  started.push(runtime);
  return runtime;
};

beforeEach(() => vi.stubEnv('HCSC_BACKEND', undefined));
afterEach(() => {
  for (const runtime of started.splice(0)) runtime.stop();
  lines.length = 0;
  vi.unstubAllEnvs();
});

const product = () => tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]);
const native = findNativeLibrary() !== null;
const backends: Runtime['backend'][] = native ? ['wasm', 'cpu', 'native'] : ['wasm', 'cpu'];

describe('startRuntime', () => {
  it.each(backends)('starts %s, stops it, starts it again', async (backend) => {
    const name = backend === 'native' ? 'tensorflow' : backend;
    const kernels = () => tf.getKernelsForBackend(name).map(({ kernelFunc }) => kernelFunc);
    const relu = tf.getGradient('Relu');
    await start({ backend }).then((runtime) => runtime.stop()); // loads the kernels of wasm and cpu, which stay
    lines.length = 0;
    const before = kernels();
    for (let i = 0; i < 2; i++) {
      const runtime = await start({ backend, threads: 1 });
      expect(runtime.backend).toBe(backend);
      expect(runtime.info.threads).toBe(1);
      expect(tf.getBackend()).toBe(name);
      expect(product()).toBe(11);
      runtime.stop();
      runtime.stop();
      expect(tf.engine().registry).not.toHaveProperty(name);
      expect(tf.getGradient('Relu')).toBe(relu);
      expect(kernels()).toEqual(before);
    }
    expect(lines).toHaveLength(2);
  });

  it("takes native if it is there and wasm if not, and says in one line why for 'auto'", async () => {
    const runtime = await start();
    expect(runtime.backend).toBe(native ? 'native' : 'wasm');
    expect(lines).toEqual([runtime.reason]);
    expect(runtime.reason).not.toContain('\n');
    expect(runtime.reason).toMatch(
      native
        ? /^native: TensorFlow \d+\.\d+\S*, \d+ threads?, from \//
        : /^wasm: .*, because TensorFlow's library is not/,
    );
    expect(product()).toBe(11);
  });

  it('goes on with wasm, and says why, if the library at a path is none', async () => {
    const runtime = await start({ libraryPath: '/nowhere' });
    expect(runtime.backend).toBe('wasm');
    expect(runtime.reason).toContain(', because libraryPath is /nowhere, which does not hold libtensorflow');
    await expect(start({ backend: 'native' })).rejects.toThrow('Cannot start native while wasm is running');
  });

  it('throws if the one backend that was asked for is not there', async () => {
    await expect(start({ backend: 'native', libraryPath: '/nowhere' })).rejects.toThrow(NativeLibraryError);
    await expect(start({ backend: 'webgpu' })).rejects.toThrow(
      'webgpu is not installed (npm install webgpu @tensorflow/tfjs-backend-webgpu)',
    );
    expect(lines).toEqual([]);
    expect((await start({ backend: 'cpu' })).backend).toBe('cpu');
  });

  it('hands out the backend that runs, until the last one stops it', async () => {
    const first = await start({ backend: 'cpu' });
    const second = await start();
    expect(second).toMatchObject({ backend: 'cpu', reason: first.reason });
    expect(lines).toHaveLength(1);
    await expect(start({ backend: 'wasm' })).rejects.toThrow(
      'Cannot start wasm while cpu is running: stop() that runtime',
    );
    first.stop();
    first.stop();
    expect(product()).toBe(11);
    second.stop();
    expect((await start({ backend: 'wasm' })).backend).toBe('wasm');
  });

  it('starts once if it is asked twice at the same time', async () => {
    const [first, second] = await Promise.all([start({ backend: 'wasm' }), start({ backend: 'wasm' })]);
    expect(second.reason).toBe(first.reason);
    expect(lines).toHaveLength(1);
    first.stop();
    expect(product()).toBe(11);
  });

  it('leaves the tensors of a backend that was in use before', async () => {
    await start({ backend: 'cpu' }).then((runtime) => runtime.stop());
    await tf.setBackend('cpu');
    const mine = tf.tensor1d([1, 2]);
    await start({ backend: 'cpu' }).then((runtime) => runtime.stop());
    expect(tf.getBackend()).toBe('cpu');
    expect(mine.dataSync()).toEqual(Float32Array.of(1, 2));
    mine.dispose();
    const factory = tf.findBackendFactory('cpu');
    tf.removeBackend('cpu');
    tf.registerBackend('cpu', factory);
  });

  it.each([0, -1, 1.5, Number.NaN, 1e9])('refuses %s threads', async (threads) => {
    await expect(start({ threads })).rejects.toThrow(
      new RangeError(`threads must be a whole number from 1 to 1024, got ${threads}`),
    );
  });

  it('refuses threads of one pool, and what no GPU can be told', async () => {
    await expect(start({ threads: { intraOp: 2, interOp: 0 } })).rejects.toThrow(
      new RangeError('threads.interOp must be a whole number from 1 to 1024, got 0'),
    );
    await expect(start({ gpu: { visible: 'first' } })).rejects.toThrow(
      new RangeError("gpu.visible must be true, false, or numbers such as '0,2', got 'first'"),
    );
    await expect(start({ gpu: { memoryFraction: 1.5 } })).rejects.toThrow(
      new RangeError('gpu.memoryFraction must be above 0 and at most 1, got 1.5'),
    );
  });

  it.each(backends.filter((backend) => backend === 'native'))('says what %s runs on', async (backend) => {
    const { info } = await start({ backend, threads: { intraOp: 2, interOp: 3 }, gpu: { visible: false } });
    const { folder, source } = findNativeLibrary()!;
    expect(info).toMatchObject({ library: folder, source, gpu: false, threads: 2, interOpThreads: 3 });
    expect(info.devices).toEqual([expect.stringContaining('CPU:0')]);
  });

  it('lets HCSC_BACKEND have the last word', async () => {
    vi.stubEnv('HCSC_BACKEND', 'cpu');
    expect((await start({ backend: 'wasm' })).backend).toBe('cpu');
  });

  it('refuses a backend it does not know', async () => {
    await expect(start({ backend: 'gpu' as 'cpu' })).rejects.toThrow(
      new RangeError("backend must be one of auto, native, webgpu, wasm, cpu, got 'gpu'"),
    );
    vi.stubEnv('HCSC_BACKEND', 'webgl');
    await expect(start()).rejects.toThrow(
      new RangeError("HCSC_BACKEND must be one of auto, native, webgpu, wasm, cpu, got 'webgl'"),
    );
  });

  it('brings back the backend that was current before', async () => {
    await start({ backend: 'cpu' }).then((runtime) => runtime.stop());
    await tf.setBackend('cpu');
    const runtime = await start({ backend: 'wasm' });
    expect(tf.getBackend()).toBe('wasm');
    runtime.stop();
    expect(tf.getBackend()).toBe('cpu');
  });
});
