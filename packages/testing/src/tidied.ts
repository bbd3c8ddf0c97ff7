import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/** `tidy` for whatever `run` gives: tensors in it are kept. */
export const tidied = <T>(run: () => T): T => tidy(run as unknown as () => TensorContainer) as T;
