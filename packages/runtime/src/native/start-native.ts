import { availableParallelism } from 'node:os';
import { getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { addBackend } from '../backend-switch.js';
import type { RuntimeOptions, Started } from '../runtime.js';
import { loadTfjsNode } from '../vendored.js';
import { NativeBinding } from './binding.js';
import { type CApi, loadCApi } from './c-api.js';
import { threadsOf } from './config-proto.js';
import { EagerContext } from './context.js';
import { installCommand } from './find/candidates.js';
import { type FoundLibrary, findNativeLibrary } from './find/find-native-library.js';
import { installNativeLibrary } from './install/install-native-library.js';
import { pinnedWheel, pipName } from './install/pinned-wheel.js';
import { NativeLibraryError } from './library-error.js';
import { trainOnNative } from './train-on-native.js';

/** The name tfjs-node's kernels are registered under. */
export const nativeBackend = 'tensorflow';

/**
 * Starts TensorFlow itself under tfjs-node's kernels.
 *
 * @throws NativeLibraryError if there is no library, or it does not load, with what would mend it.
 */
export async function startNative({ libraryPath, threads, gpu, download }: RuntimeOptions): Promise<Started> {
  const found = findNativeLibrary({ libraryPath }) ?? (download ? await fetchLibrary() : undefined);
  if (found === undefined) throw notInstalled();
  const context = new EagerContext(load(found.folder), { threads, gpu });
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
  const { intraOp = availableParallelism(), interOp = availableParallelism() } = threadsOf({ threads });
  const gpus = context.devices.filter(({ type }) => type === 'GPU').length;
  const on = gpus > 0 ? `, ${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}` : '';
  return {
    what: `TensorFlow ${binding.TF_Version}, ${intraOp} ${intraOp === 1 ? 'thread' : 'threads'}${on}, from ${found.folder}`,
    info: {
      tensorflow: binding.TF_Version,
      library: found.folder,
      source: found.source,
      devices: context.devices.map(({ name }) => name),
      gpu: gpus > 0,
      threads: intraOp,
      interOpThreads: interOp,
    },
    undo: goBack,
  };
}

function load(folder: string): CApi {
  try {
    return loadCApi(folder);
  } catch (error) {
    throw new NativeLibraryError(
      'broken',
      `TensorFlow's library in ${folder} does not load (npx hcsc runtime doctor tells more): ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const fetchLibrary = async (): Promise<FoundLibrary> => {
  const folder = await installNativeLibrary();
  return { folder, source: 'cache', place: folder };
};

function notInstalled(): NativeLibraryError {
  const { platform, arch } = process;
  if (pinnedWheel() === undefined) {
    return new NativeLibraryError(
      'platform',
      `TensorFlow's library is not installed, and there is none to fetch for ${platform} on ${arch}`,
    );
  }
  return new NativeLibraryError(
    'missing',
    `TensorFlow's library is not installed (python3 -m pip install ${pipName()}, or ${installCommand}, or startRuntime({ download: true }))`,
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
