import {
  type GradConfig,
  getBackend,
  getGradient,
  type NamedAttrMap,
  registerGradient,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** What gives the gradient of each input of a kernel. */
export type InputGradients = Record<string, () => Tensor>;

/** A gradient for one backend: the gradient of the output, what the forward pass saved, the kernel's attributes. */
export type BackendGradient = (dy: Tensor, saved: Tensor[], attrs: NamedAttrMap) => InputGradients;

/** What a forward pass saves for its gradient: inputs by name, outputs by place. */
export type SavedTensors = Pick<GradConfig, 'inputsToSave' | 'outputsToSave'>;

/**
 * Takes over the gradient of a kernel while `backendName` is the current backend, and returns the undo.
 *
 * tfjs keeps one gradient per kernel for all backends. The override runs only on its own backend and hands every other
 * backend to the registered one. Overrides may be undone in any order.
 *
 * @param saves What is saved on every backend, if not what the registered gradient saves; that one must come to the same
 *   with it.
 * @throws Error if tfjs has no gradient for the kernel: gradients come with `@tensorflow/tfjs-layers`.
 */
export function overrideGradient(
  kernelName: string,
  backendName: string,
  gradient: BackendGradient,
  saves: SavedTensors = {},
): () => void {
  const registered = getGradient(kernelName);
  if (registered === undefined) {
    throw new Error(
      `Cannot override the gradient of ${kernelName}: tfjs has none yet, import '@tensorflow/tfjs-layers' first`,
    );
  }
  let active = true;
  const override: GradConfig = {
    ...registered,
    ...saves,
    gradFunc: (dy, saved, attrs) =>
      active && getBackend() === backendName
        ? gradient(dy as Tensor, saved, attrs)
        : registered.gradFunc(dy, saved, attrs),
  };
  registerGradient(override);
  return () => {
    active = false;
    if (getGradient(kernelName) === override) registerGradient(registered);
  };
}
