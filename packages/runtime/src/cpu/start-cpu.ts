import { backend } from '@tensorflow/tfjs-core';
import { switchBackend } from '../backend-switch.js';
import type { Started } from '../runtime.js';

/** Starts tfjs's plain JavaScript backend, the slowest and the one that runs everywhere. */
export async function startCpu(): Promise<Started> {
  try {
    await import('@tensorflow/tfjs-backend-cpu');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('@tensorflow/tfjs-backend-cpu is not installed (npm install @tensorflow/tfjs-backend-cpu)', {
      cause: error,
    });
  }
  const undo = await switchBackend('cpu', 1);
  // The backend would advise to install tfjs-node when it is first used.
  (backend() as { firstUse?: boolean }).firstUse = false;
  return { what: 'plain JavaScript, 1 thread', info: { threads: 1 }, undo };
}
