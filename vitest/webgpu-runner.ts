import { EventEmitter } from 'node:events';
import {
  type BackendValues,
  backend,
  type DataId,
  type DataType,
  type KernelBackend,
  util,
} from '@tensorflow/tfjs-core';
import { type RunnerTestCase, TestRunner } from 'vitest';

/** tfjs's WebGPU backend: `values` are those still on the host, `resource` is the buffer of those on the device. */
interface WebgpuBackend extends KernelBackend {
  readonly tensorMap: {
    get(dataId: DataId): { readonly values: unknown; readonly resource: unknown; readonly dtype: DataType };
  };
  getBufferData(buffer: unknown): Promise<ArrayBuffer>;
}

/**
 * Runs tests that read tensors with dataSync(), which WebGPU cannot do in Node: a test is run until its first read, which
 * throws; when the values have come it is run again, with them as the outcome of that read, until the next one. Tests
 * do the same at each run, and leave nothing behind when they throw.
 */
// biome-ignore lint/style/noDefaultExport: vitest takes a runner as the default export
export default class WebgpuRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    EventEmitter.defaultMaxListeners = 0; // each run of a test listens for its end
    const run = TestRunner.getTestFn(test);
    const webgpu = backend() as WebgpuBackend;
    const own = webgpu.readSync;
    const known: BackendValues[] = [];
    try {
      for (;;) {
        let reads = 0;
        const coming: Promise<BackendValues>[] = [];
        webgpu.readSync = (dataId) => {
          const { values, resource, dtype } = webgpu.tensorMap.get(dataId);
          if (values != null || dtype === 'string') return own.call(webgpu, dataId);
          const value = known[reads++];
          if (value !== undefined) return value.slice() as BackendValues;
          // Not by read(), which would put the values into a tensor that is gone by then.
          const data = webgpu.getBufferData(resource);
          coming.push(data.then((bytes) => util.convertBackendValuesAndArrayBuffer(bytes, dtype) as BackendValues));
          throw new Error('The test is run again when this read is done');
        };
        let failed: { error: unknown } | null = null;
        try {
          await run();
        } catch (error) {
          failed = { error };
        }
        const [next] = await Promise.all(coming);
        if (next !== undefined) known.push(next);
        else if (failed) throw failed.error;
        else return;
      }
    } finally {
      webgpu.readSync = own;
    }
  }
}
