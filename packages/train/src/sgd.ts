import { add, mul, type Scalar, scalar, sub, type Tensor, tidy, variable, zeros } from '@tensorflow/tfjs-core';
import type { Parameter } from './method.js';

/** Updates the parameters that it was made for; made by factories such as {@link sgd}, one instance a run. */
export interface Optimizer {
  /** The update. `gradients[i]` belongs to the i-th parameter; nothing given is disposed. */
  apply(gradients: readonly Tensor[], learningRate: number | Scalar): void;
  /** Buffers by name, for checkpoints; not to be disposed. */
  state(): Readonly<Record<string, Tensor>>;
  /**
   * Takes over buffers that {@link Optimizer.state} gave; the tensors are copied.
   * RangeError if one is missing or has another shape; nothing is changed then.
   */
  restore(state: Readonly<Record<string, Tensor>>): void;
  dispose(): void;
}

/** A kind of optimiser with its options: what a recipe names. */
export interface OptimizerFactory {
  readonly name: string;
  /** The base rate, which the schedule scales. */
  readonly learningRate: number;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** Makes the optimiser and its buffers; RangeError if two parameters have one name. */
  create(parameters: readonly Parameter[]): Optimizer;
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
 * g ← g + weightDecay · p;  b ← momentum · b + g (b is 0 before, so that the first b is g);  p ← p − lr · b, or
 * p − lr · (g + momentum · b) with Nesterov's momentum.
 *
 * @throws RangeError if a rate is negative or not finite.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: 0.03, exclude: (name) => name.endsWith('.bias') }).create(parameters);
 * optimizer.apply(gradients, 0.03);
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
    create: (parameters) => createSgd(parameters, momentum, weightDecay, nesterov, exclude),
  };
}

function createSgd(
  parameters: readonly Parameter[],
  momentum: number,
  weightDecay: number,
  nesterov: boolean,
  exclude: (name: string) => boolean,
): Optimizer {
  const twice = parameters.find(({ name }, i) => parameters.findIndex((other) => other.name === name) !== i);
  if (twice) throw new RangeError(`Cannot optimise two parameters named ${twice.name}: give each a name of its own`);
  const buffers = parameters.map(({ variable: p }) =>
    momentum > 0 ? tidy(() => variable(zeros(p.shape), false)) : null,
  );
  const named = () =>
    Object.fromEntries(parameters.flatMap(({ name }, i) => (buffers[i] ? [[name, buffers[i]] as const] : [])));

  return {
    apply(gradients, learningRate) {
      if (parameters.length !== gradients.length) {
        throw new RangeError(`Cannot apply ${gradients.length} gradients to ${parameters.length} parameters`);
      }
      parameters.forEach(({ name, variable: p }, i) => {
        const { shape } = gradients[i]!;
        if (String(shape) !== String(p.shape)) {
          throw new RangeError(`Cannot apply a gradient of shape [${shape}] to ${name} of shape [${p.shape}]`);
        }
      });
      tidy(() => {
        const [mu, decay] = [scalar(momentum), scalar(weightDecay)];
        const rate = typeof learningRate === 'number' ? scalar(learningRate) : learningRate;
        parameters.forEach(({ name, variable: p }, i) => {
          let g = gradients[i]!;
          if (weightDecay > 0 && !exclude(name)) g = add(g, mul(p, decay));
          const b = buffers[i];
          if (b) {
            b.assign(add(mul(b, mu), g));
            g = nesterov ? add(g, mul(b, mu)) : b;
          }
          p.assign(sub(p, mul(g, rate)));
        });
      });
    },
    state: named,
    restore(state) {
      const pairs = Object.entries(named()).map(([name, buffer]) => {
        const tensor = state[name];
        if (!tensor || String(tensor.shape) !== String(buffer.shape)) {
          const found = tensor ? `[${tensor.shape}]` : 'nothing';
          throw new RangeError(
            `Cannot restore the momentum of ${name}: needed shape [${buffer.shape}], found ${found}`,
          );
        }
        return [buffer, tensor] as const;
      });
      for (const [buffer, tensor] of pairs) buffer.assign(tensor);
    },
    dispose() {
      for (const buffer of buffers) buffer?.dispose();
    },
  };
}
