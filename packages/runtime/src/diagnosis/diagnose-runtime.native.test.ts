import { expect, it } from 'vitest';
import { findNativeLibrary } from '../native/find/find-native-library.js';
import { diagnoseRuntime } from './diagnose-runtime.js';

it('says what native would run with', async () => {
  const { folder } = findNativeLibrary()!;
  const { native, libraries, gpu } = await diagnoseRuntime();
  expect(native).toMatchObject({ works: true, folder, tensorflow: expect.stringMatching(/^2\./) });
  expect(native.devices).toContainEqual(expect.stringContaining('CPU:0'));
  expect(native.threads).toBeGreaterThan(0);
  expect(libraries.filter(({ verdict }) => verdict === 'used')).toEqual([
    expect.objectContaining({ folder, version: native.tensorflow, devices: native.devices }),
  ]);
  expect(gpu.works).toBe(native.devices?.some((name) => name.includes('GPU')));
});
