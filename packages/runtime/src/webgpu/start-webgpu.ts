import { backend, findBackendFactory } from '@tensorflow/tfjs-core';
import { switchBackend } from '../backend-switch.js';
import type { Started } from '../runtime.js';
import { type Adapter, provideWebgpu } from './provide-webgpu.js';
import { refuseSynchronousReads } from './synchronous-reads.js';

/** Options of {@link startWebgpu}. */
export interface WebgpuOptions {
  /** Take a driver that computes on the processor as well: slower than wasm, and of use in tests. */
  software: boolean;
}

/** Starts tfjs's WebGPU backend on Dawn, the implementation of WebGPU in the `webgpu` package. */
export async function startWebgpu({ software }: WebgpuOptions): Promise<Started> {
  const { gpu, undo: takeAway } = await importPackage(provideWebgpu);
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) {
      throw new Error('webgpu finds no graphics adapter: needed a driver for Vulkan, Metal or Direct3D 12');
    }
    const name = nameOf(adapter);
    if (!software && isSoftware(adapter)) throw new Error(`webgpu has a software adapter only (${name})`);
    await importPackage(() => import('@tensorflow/tfjs-backend-webgpu'));
    if (findBackendFactory('webgpu') === null) {
      throw new Error('tfjs found no WebGPU: import @tensorflow/tfjs-backend-webgpu after startRuntime(), not before');
    }
    const leave = await switchBackend('webgpu', 3);
    refuseSynchronousReads(backend());
    return {
      what: `WebGPU on ${name}`,
      info: { devices: [name], gpu: !isSoftware(adapter) },
      undo: () => {
        leave();
        takeAway();
      },
    };
  } catch (error) {
    takeAway();
    throw error;
  }
}

function nameOf({ info }: Adapter): string {
  return info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ') || 'an adapter';
}

/** Whether the driver computes on the processor: SwiftShader, Mesa's llvmpipe, Windows' WARP. */
function isSoftware(adapter: Adapter): boolean {
  const { isFallbackAdapter, vendor, architecture, device, description } = adapter.info;
  const words = [vendor, architecture, device, description].join(' ');
  return isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|software|basic render|\bwarp\b/i.test(words);
}

async function importPackage<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
      throw new Error('webgpu is not installed (npm install webgpu @tensorflow/tfjs-backend-webgpu)', { cause: error });
    }
    // It ships binaries for some platforms, which may ask for newer system libraries.
    const [reason] = String((error as Error).message).split('\n');
    throw new Error(`webgpu cannot be loaded here: ${reason}`, { cause: error });
  }
}
