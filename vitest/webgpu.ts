import { EventEmitter } from 'node:events';
import '@tensorflow/tfjs-layers';
import { startRuntime } from '@hcsc/runtime';
import { installMatchers } from '@hcsc/testing';
import {
  type BackendValues,
  backend,
  type DataId,
  type DataType,
  type KernelBackend,
  util,
} from '@tensorflow/tfjs-core';
import { beforeEach, TestRunner } from 'vitest';

process.env.HCSC_BACKEND = 'webgpu';
EventEmitter.defaultMaxListeners = 0; // each run of a test listens for its end
installMatchers();
await startRuntime({ log: () => {} });

/** tfjs's WebGPU backend: `values` are those still on the host, `resource` is the buffer of those on the device. */
interface WebgpuBackend extends KernelBackend {
  readonly tensorMap: {
    get(dataId: DataId): { readonly values: unknown; readonly resource: unknown; readonly dtype: DataType };
  };
  getBufferData(buffer: unknown): Promise<ArrayBuffer>;
}

/*
 * Tests read tensors with dataSync(), which WebGPU cannot do in Node. So a test is run until its first read, which
 * throws; when the values have come, it is run again, with them as the outcome of that read, until the next one. Tests
 * do the same at each run, and leave nothing behind when they throw.
 */
const webgpu = backend() as WebgpuBackend;
const own = webgpu.readSync.bind(webgpu);
let known: BackendValues[] = [];
let reads = 0;
let coming: Promise<BackendValues> | null = null;

webgpu.readSync = (dataId) => {
  const { values, resource, dtype } = webgpu.tensorMap.get(dataId);
  if (values != null || dtype === 'string') return own(dataId);
  const value = known[reads++];
  if (value !== undefined) return value.slice() as BackendValues;
  // Not by read(), which puts the values into a tensor that is gone by then.
  coming ??= webgpu
    .getBufferData(resource)
    .then((data) => util.convertBackendValuesAndArrayBuffer(data, dtype) as BackendValues);
  throw new Error('The test is run again when this read is done');
};

beforeEach(({ task }) => {
  const run = TestRunner.getTestFn(task);
  known = [];
  TestRunner.setTestFn(task, async () => {
    for (;;) {
      reads = 0;
      coming = null;
      const outcome = await Promise.resolve()
        .then(run)
        .then(
          () => ({}),
          (error: unknown) => ({ error }),
        );
      if (coming !== null) known.push(await coming);
      else if ('error' in outcome) throw outcome.error;
      else return;
    }
  });
});
