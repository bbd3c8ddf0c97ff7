import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Adapter } from './provide-webgpu.js';
import { startWebgpu } from './start-webgpu.js';

/** What the packages find: set by each test, the packages themselves being optional. */
const found = vi.hoisted(() => ({ adapter: null as Adapter | null }));

vi.mock('webgpu', () => ({
  create: () => ({ requestAdapter: async () => found.adapter }),
  globals: { GPUSomething: class {} },
}));
vi.mock('@tensorflow/tfjs-backend-webgpu', () => ({}));

const info = { vendor: 'acme', architecture: 'rocket', device: 'r1', description: '' };
const globals = () => ({ something: 'GPUSomething' in globalThis, gpu: globalThis.navigator && 'gpu' in navigator });

/** As much of a backend as starting one needs. */
class SomeBackend extends tf.KernelBackend {
  readonly tensorMap = new Map<tf.DataId, { values: Float32Array | null; dtype: string }>();
  override floatPrecision(): 32 {
    return 32;
  }
  override readSync(dataId: tf.DataId): Float32Array {
    return this.tensorMap.get(dataId)!.values!;
  }
  override dispose(): void {}
}

afterEach(() => {
  if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu');
  found.adapter = null;
});

describe('startWebgpu', () => {
  const before = globals();

  it('takes the adapter there is, and leaves nothing behind', async () => {
    found.adapter = { info };
    tf.registerBackend('webgpu', () => new SomeBackend(), 3);
    const { what, info: facts, undo } = await startWebgpu({ software: false });
    expect(what).toBe('WebGPU on acme rocket r1');
    expect(facts).toEqual({ devices: ['acme rocket r1'], gpu: true });
    expect(tf.getBackend()).toBe('webgpu');
    expect(globals()).toEqual({ something: true, gpu: true });
    undo();
    expect(globals()).toEqual(before);
    expect(tf.engine().registry).not.toHaveProperty('webgpu');
  });

  it('says what to do where reading would have to wait', async () => {
    found.adapter = { info };
    const backend = new SomeBackend();
    tf.registerBackend('webgpu', () => backend, 3);
    const { undo } = await startWebgpu({ software: false });
    const [here, there] = [{}, {}];
    backend.tensorMap.set(here, { values: Float32Array.of(1), dtype: 'float32' });
    backend.tensorMap.set(there, { values: null, dtype: 'float32' });
    expect(backend.readSync(here)).toEqual(Float32Array.of(1));
    expect(() => backend.readSync(there)).toThrow(/await tensor\.data\(\)/);
    undo();
  });

  it.each(['SwiftShader driver 5.0.0', 'llvmpipe (LLVM 15.0.6, 256 bits)', 'Microsoft Basic Render Driver'])(
    'takes %s only if it is asked to',
    async (description) => {
      found.adapter = { info: { ...info, description } };
      tf.registerBackend('webgpu', () => new SomeBackend(), 3);
      await expect(startWebgpu({ software: false })).rejects.toThrow(`a software adapter only (${description})`);
      expect(globals()).toEqual(before);
      const { info: facts, undo } = await startWebgpu({ software: true });
      expect(facts.gpu).toBe(false);
      undo();
    },
  );

  it('says what is missing: an adapter, or tfjs’s backend', async () => {
    await expect(startWebgpu({ software: true })).rejects.toThrow(/no graphics adapter: needed a driver for Vulkan/);
    found.adapter = { info };
    await expect(startWebgpu({ software: true })).rejects.toThrow(/import @tensorflow\/tfjs-backend-webgpu after/);
    expect(globals()).toEqual(before);
  });
});
