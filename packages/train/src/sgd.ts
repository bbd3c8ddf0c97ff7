import {
  add,
  clone,
  keep,
  mul,
  type Scalar,
  scalar,
  sub,
  type Tensor,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import type { Parameter } from './method.js';

/** Updates parameters from gradients; made by factories such as {@link sgd}, one instance a run. */
export interface Optimizer {
  /** The update. `gradients[i]` belongs to `parameters[i]`; nothing given is disposed. */
  apply(parameters: readonly Parameter[], gradients: readonly Tensor[], learningRate: number): void;
  /** Buffers by name, for checkpoints; not to be disposed. */
  state(): Readonly<Record<string, Tensor>>;
  /** Takes over buffers that {@link Optimizer.state} gave; the tensors are copied. */
  restore(state: Readonly<Record<string, Tensor>>): void;
  dispose(): void;
}

/** A kind of optimiser with its options: what a recipe names. */
export interface OptimizerFactory {
  readonly name: string;
  /** The base rate, which the schedule scales. */
  readonly learningRate: number;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  create(): Optimizer;
}

export interface SgdOptions {
  /** Base learning rate. HCSC: 0.03 for a batch of 256. */
  learningRate: number;
  /** Default 0.9, as in the papers. */
  momentum?: number;
  /** L2 penalty added to the gradient, as PyTorch does. Default 1e-4, as in the papers. */
  weightDecay?: number;
  nesterov?: boolean;
  /** Parameters without weight decay, by name. Default none, as in HCSC and MoCo (CGH leaves out norm and bias). */
  exclude?: (name: string) => boolean;
}

/**
 * Stochastic gradient descent in PyTorch's convention.
 *
 * g ← g + weightDecay · p;  b ← momentum · b + g (the first b is g);  p ← p − lr · b, or p − lr · (g + momentum · b)
 * with Nesterov's momentum.
 *
 * @throws RangeError if a rate is negative or not finite.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: 0.03, exclude: (name) => name.endsWith('.bias') }).create();
 * optimizer.apply(parameters, gradients, 0.03);
 * ```
 */
export function sgd({
  learningRate,
  momentum = 0.9,
  weightDecay = 1e-4,
  nesterov = false,
  exclude = () => false,
}: SgdOptions): OptimizerFactory {
  for (const [name, value] of Object.entries({ learningRate, momentum, weightDecay })) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`Cannot descend with ${name} ${value}: give a finite number of at least 0`);
    }
  }
  return {
    name: 'sgd',
    learningRate,
    options: { momentum, weightDecay, nesterov },
    create: () => createSgd(momentum, weightDecay, nesterov, exclude),
  };
}

function createSgd(
  momentum: number,
  weightDecay: number,
  nesterov: boolean,
  exclude: (name: string) => boolean,
): Optimizer {
  const buffers = new Map<string, Variable>();
  let constants: { momentum: Scalar; weightDecay: Scalar } | null = null;

  return {
    apply(parameters, gradients, learningRate) {
      if (parameters.length !== gradients.length) {
        throw new RangeError(`Cannot apply ${gradients.length} gradients to ${parameters.length} parameters`);
      }
      constants ??= { momentum: keep(scalar(momentum)), weightDecay: keep(scalar(weightDecay)) };
      const { momentum: mu, weightDecay: decay } = constants;
      tidy(() => {
        const rate = scalar(learningRate);
        parameters.forEach(({ name, variable: p }, i) => {
          let g = gradients[i]!;
          if (String(g.shape) !== String(p.shape)) {
            throw new RangeError(`Cannot apply a gradient of shape [${g.shape}] to ${name} of shape [${p.shape}]`);
          }
          if (weightDecay > 0 && !exclude(name)) g = add(g, mul(p, decay));
          if (momentum > 0) {
            const buffer = buffers.get(name);
            if (buffer) {
              buffer.assign(add(mul(buffer, mu), g));
            } else {
              buffers.set(name, variable(g, false));
            }
            const b = buffers.get(name)!;
            g = nesterov ? add(g, mul(b, mu)) : b;
          }
          p.assign(sub(p, mul(g, rate)));
        });
      });
    },
    state: () => Object.fromEntries(buffers),
    restore(state) {
      for (const [name, tensor] of Object.entries(state)) {
        const buffer = buffers.get(name);
        if (buffer) buffer.assign(tensor);
        else
          buffers.set(
            name,
            tidy(() => variable(clone(tensor), false)),
          );
      }
    },
    dispose() {
      for (const buffer of buffers.values()) buffer.dispose();
      buffers.clear();
      constants?.momentum.dispose();
      constants?.weightDecay.dispose();
      constants = null;
    },
  };
}
