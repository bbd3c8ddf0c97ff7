import {
  engine,
  findBackendFactory,
  type KernelBackend,
  ready,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core';

/**
 * Registers a backend and makes it the current one; the undo removes it with all its tensors and brings back the one
 * before.
 *
 * @throws Error if another backend has the name, or this one does not initialise.
 */
export async function addBackend(name: string, factory: () => KernelBackend, priority: number): Promise<() => void> {
  if (findBackendFactory(name) !== null) {
    throw new Error(`tfjs has a backend '${name}' already: do not load another package that registers one`);
  }
  registerBackend(name, factory, priority);
  return useBackend(name);
}

/**
 * Makes a registered backend the current one; the undo removes its instance with all its tensors, brings back the one
 * before, and leaves the name registered with `priority`, so that it can be started again.
 *
 * @throws Error if the backend does not initialise.
 */
export async function switchBackend(name: string, priority: number): Promise<() => void> {
  const factory = findBackendFactory(name);
  const undo = await useBackend(name);
  return () => {
    undo();
    registerBackend(name, factory, priority);
  };
}

async function useBackend(name: string): Promise<() => void> {
  const before = engine().backendName;
  if (!(await setBackend(name))) {
    removeBackend(name);
    throw new Error(`tfjs cannot initialise its ${name} backend`);
  }
  await ready();
  return () => {
    removeBackend(name);
    if (before && before !== name && findBackendFactory(before)) void setBackend(before);
  };
}
