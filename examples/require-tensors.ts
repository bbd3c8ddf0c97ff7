import type { MethodState } from '@hcsc/train';

/** Refuses a state that is not whole before any of it is written. */
export function requireTensors(given: MethodState['tensors'], needed: MethodState['tensors']): void {
  for (const [name, { shape }] of Object.entries(needed)) {
    const found = given[name] ? `[${given[name].shape}]` : 'nothing';
    if (found !== `[${shape}]`) {
      throw new RangeError(`Cannot restore ${name}: needed shape [${shape}], found ${found}`);
    }
  }
}
