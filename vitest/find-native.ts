import { findNativeLibrary } from '@hcsc/runtime';

/** Looks for TensorFlow's library once a run, not once a test file: asking Python takes its time. */
export function setup(): void {
  const found = findNativeLibrary();
  if (found !== null) process.env.HCSC_TENSORFLOW = found.folder;
}
