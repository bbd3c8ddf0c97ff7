import { engine, findBackendFactory, ready, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';

/**
 * Makes a registered backend the current one; the undo removes it, its tensors included, brings back the one before
 * and leaves the name registered, so that it can be started again.
 *
 * @throws Error if the backend does not initialise.
 */
export async function switchBackend(name: string, priority: number): Promise<() => void> {
  const before = engine().backendName;
  const factory = findBackendFactory(name);
  if (!(await setBackend(name))) throw new Error(`tfjs cannot initialise its ${name} backend`);
  await ready();
  return () => {
    removeBackend(name);
    registerBackend(name, factory, priority);
    if (before && before !== name && findBackendFactory(before)) void setBackend(before);
  };
}
