import { availableParallelism } from 'node:os';
import { getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { addBackend } from '../backend-switch.js';
import type { RuntimeOptions, Started } from '../runtime.js';
import { loadTfjsNode } from '../vendored.js';
import { NativeBinding } from './binding.js';
import { loadCApi } from './c-api.js';
import { EagerContext } from './context.js';
import { findNativeLibrary } from './find/find-native-library.js';
import { installNativeLibrary } from './install.js';
import { NativeLibraryError } from './library-error.js';
import { trainOnNative } from './train-on-native.js';

/** The name tfjs-node's kernels are registered under. */
export const nativeBackend = 'tensorflow';

/**
 * Starts TensorFlow itself under tfjs-node's kernels.
 *
 * @throws NativeLibraryError if there is no library, with what would mend it.
 */
export async function startNative({ libraryPath, threads, download }: RuntimeOptions): Promise<Started> {
  const folder = findNativeLibrary({ libraryPath })?.folder ?? (download ? await installNativeLibrary() : undefined);
  if (folder === undefined) throw notInstalled();
  const context = new EagerContext(loadCApi(folder), { threads });
  const binding = new NativeBinding(context);
  const undo: (() => void)[] = [() => context.delete(), () => binding.close()];
  const goBack = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  try {
    const { NodeJSKernelBackend } = loadTfjsNode();
    undo.push(addKernels(), trainOnNative());
    const leave = await addBackend(nativeBackend, () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'), 3);
    undo.push(leave);
  } catch (error) {
    goBack();
    throw error;
  }
  const used = threads ?? availableParallelism();
  return {
    what: `TensorFlow ${binding.TF_Version}, ${used} ${used === 1 ? 'thread' : 'threads'}, from ${folder}`,
    info: {
      tensorflow: binding.TF_Version,
      library: folder,
      devices: context.devices.map(({ name }) => name),
      threads: used,
    },
    undo: goBack,
  };
}

function notInstalled(): NativeLibraryError {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') {
    return new NativeLibraryError(
      'platform',
      `TensorFlow's library is not installed, and can be fetched for Linux on x86-64 only, not for ${platform} on ${arch}`,
    );
  }
  return new NativeLibraryError(
    'missing',
    "TensorFlow's library is not installed (python3 -m pip install tensorflow-cpu, or startRuntime({ download: true }))",
  );
}

/** tfjs-node's kernels, which register themselves when they are loaded for the first time. */
let kernels: ReturnType<typeof getKernelsForBackend> | undefined;

function addKernels(): () => void {
  if (kernels === undefined) kernels = getKernelsForBackend(nativeBackend);
  else for (const kernel of kernels) registerKernel(kernel);
  return () => {
    for (const { kernelName, backendName } of kernels!) unregisterKernel(kernelName, backendName);
  };
}
