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
  const before = engine().backendName;
  if (!(await setBackend(name))) {
    removeBackend(name);
    throw new Error(`tfjs cannot initialise its ${name} backend`);
  }
  await ready();
  return () => {
    removeBackend(name);
    if (before && findBackendFactory(before)) void setBackend(before);
  };
}

/**
 * Makes a backend that its package has registered the current one; the undo brings back the one before, and removes this
 * one with all its tensors unless it was in use already. Its name stays registered with `priority`.
 *
 * @throws Error if the backend does not initialise.
 */
export async function switchBackend(name: string, priority: number): Promise<() => void> {
  const factory = findBackendFactory(name);
  const before = engine().backendName;
  const inUse = name in engine().registry;
  if (!(await setBackend(name))) throw new Error(`tfjs cannot initialise its ${name} backend`);
  await ready();
  return () => {
    if (!inUse) {
      removeBackend(name);
      registerBackend(name, factory, priority);
    }
    if (before && before !== name && findBackendFactory(before)) void setBackend(before);
  };
}
