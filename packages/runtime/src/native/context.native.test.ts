import { describe, expect, it } from 'vitest';
import { loadCApi } from './c-api.js';
import { EagerContext } from './context.js';
import { findNativeLibrary } from './find/find-native-library.js';

const { folder } = findNativeLibrary()!;

describe('EagerContext', () => {
  it.each([undefined, 1, 300])('starts with %s threads, lists its devices, and stops', (threads) => {
    const context = new EagerContext(loadCApi(folder), { threads });
    expect(context.devices[0]).toEqual({ name: expect.stringContaining('CPU:0'), type: 'CPU' });
    context.delete();
  });

  it('hands the numbers of threads to TensorFlow', () => {
    const api = loadCApi(folder);
    const given: number[][] = [];
    const watched = {
      ...api,
      TFE_ContextOptionsSetConfig: ((options, config, length, status) => {
        given.push([...(config as Uint8Array)]);
        return api.TFE_ContextOptionsSetConfig(options, config, length, status);
      }) as typeof api.TFE_ContextOptionsSetConfig,
    };
    new EagerContext(watched, { threads: 2 }).delete();
    new EagerContext(watched, { threads: 300 }).delete();
    new EagerContext(watched).delete();
    // ConfigProto: fields 2 (within an operation) and 5 (between operations) as varints; 300 is 0b10_0101100.
    expect(given).toEqual([
      [0x10, 2, 0x28, 2],
      [0x10, 0xac, 0x02, 0x28, 0xac, 0x02],
    ]);
  });
});

describe('loadCApi', () => {
  it('says which file is missing', () => {
    expect(() => loadCApi('/nowhere')).toThrow('There is no /nowhere/libtensorflow_framework.so.2');
  });
});
