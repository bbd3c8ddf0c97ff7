import { describe, expect, it } from 'vitest';
import { loadCApi } from './c-api.js';
import { configProto } from './config-proto.js';
import { EagerContext } from './context.js';
import { findNativeLibrary } from './find/find-native-library.js';

const { folder } = findNativeLibrary()!;

describe('EagerContext', () => {
  it.each([undefined, 1, 300])('starts with %s threads, lists its devices, and stops', (threads) => {
    const context = new EagerContext(loadCApi(folder), { threads });
    expect(context.devices[0]).toEqual({ name: expect.stringContaining('CPU:0'), type: 'CPU' });
    context.delete();
  });

  it('hands its configuration to TensorFlow', () => {
    const api = loadCApi(folder);
    const given: unknown[] = [];
    const watched = {
      ...api,
      TFE_ContextOptionsSetConfig: ((options, config, length, status) => {
        given.push(config);
        return api.TFE_ContextOptionsSetConfig(options, config, length, status);
      }) as typeof api.TFE_ContextOptionsSetConfig,
    };
    const configs = [{ threads: 2 }, { threads: { intraOp: 3 } }, { gpu: { visible: false, memoryFraction: 0.5 } }, {}];
    for (const config of configs) new EagerContext(watched, config).delete();
    expect(given).toEqual(configs.map(configProto));
  });

  it('hands back what TensorFlow says of a configuration that is none', () => {
    const api = loadCApi(folder);
    const broken = {
      ...api,
      TFE_ContextOptionsSetConfig: ((options, _config, _length, status) =>
        api.TFE_ContextOptionsSetConfig(
          options,
          Uint8Array.of(0xff),
          1,
          status,
        )) as typeof api.TFE_ContextOptionsSetConfig,
    };
    expect(() => new EagerContext(broken)).toThrow(/^TFE_ContextOptionsSetConfig: Unparseable ConfigProto/);
  });
});

describe('loadCApi', () => {
  it('says which file is missing', () => {
    expect(() => loadCApi('/nowhere')).toThrow('There is no /nowhere/libtensorflow_framework.so.2');
  });
});
