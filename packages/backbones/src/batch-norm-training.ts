import {
  add,
  avgPool,
  clone,
  customGrad,
  dispose,
  engine,
  type GradSaveFunc,
  getBackend,
  getKernel,
  keep,
  mean as meanOf,
  mul,
  neg,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';

/** What {@link batchNormTraining} returns; all three belong to the caller. */
export interface BatchNormTrainingResult<T extends Tensor = Tensor> {
  /** The normalised input, of the input's shape. */
  y: T;
  /** Mean of each channel over the batch, `[C]`; no gradient flows through it. */
  mean: Tensor1D;
  /** Biased variance of each channel over the batch, `[C]`; no gradient flows through it. */
  variance: Tensor1D;
}

interface Forward {
  y: Tensor4D;
  mean: Tensor;
  variance: Tensor;
  gradient: (dy: Tensor4D, saved: Tensor[]) => Tensor[];
}

/** Mean over all axes but the last. Pooling each image first is several times faster than one reduction over three axes on wasm and cpu, and rounds less. */
function channelMean(x: Tensor4D): Tensor {
  const [images, height, width, channels] = x.shape;
  const pooled = height * width === 1 ? x : avgPool(x, [height, width], 1, 'valid');
  return meanOf(reshape(pooled, [images, channels]), 0);
}

function composed(x: Tensor4D, scale: Tensor, offset: Tensor, epsilon: number, save: GradSaveFunc): Forward {
  const mean = channelMean(x);
  const centred = sub<Tensor4D>(x, mean);
  const variance = channelMean(square(centred));
  const inverse = rsqrt(add(variance, epsilon));
  save([centred, scale, inverse]);
  const count = x.size / scale.size;
  return {
    y: add(mul(centred, mul(scale, inverse)), offset),
    mean,
    variance,
    // dx = scale · inverse · (dy − mean(dy) − x̂ · mean(dy · x̂)), with x̂ = centred · inverse
    gradient: (dy, saved) => {
      const [centred, scale, inverse] = saved as [Tensor4D, Tensor, Tensor];
      const dyMean = channelMean(dy);
      const dyNormalised = mul(channelMean(mul(dy, centred)), inverse);
      const factor = mul(scale, inverse);
      const towardsMean = mul(centred, neg(mul(factor, mul(dyNormalised, inverse))));
      const dx = add(add(mul(dy, factor), towardsMean), neg(mul(factor, dyMean)));
      return [dx, mul(dyNormalised, count), mul(dyMean, count)];
    },
  };
}

function fused(x: Tensor4D, scale: Tensor, offset: Tensor, epsilon: number, save: GradSaveFunc): Forward {
  const kernel = (name: string, inputs: Record<string, Tensor>) =>
    engine().runKernel(name, inputs, { epsilon }) as Tensor[];
  const [y, mean, variance] = kernel('BatchNormTraining', { x, scale, offset }) as [Tensor4D, Tensor, Tensor];
  save([x, scale, mean, variance]);
  return {
    y,
    mean,
    variance,
    gradient: (dy, saved) => {
      const [x, scale, mean, variance] = saved as [Tensor, Tensor, Tensor, Tensor];
      return kernel('BatchNormTrainingGrad', { dy, x, scale, mean, variance });
    },
  };
}

function check(x: Tensor, scale: Tensor, offset: Tensor): void {
  const channels = x.shape[x.rank - 1];
  if (x.rank < 2) {
    throw new RangeError(`Cannot normalise an input of shape [${x.shape}]: needed [N, C] or [N, H, W, C]`);
  }
  if (x.dtype !== 'float32') throw new TypeError(`Cannot normalise an input of dtype ${x.dtype}: needed float32`);
  for (const [name, value] of Object.entries({ scale, offset })) {
    if (value.rank !== 1 || value.size !== channels) {
      throw new RangeError(
        `Cannot normalise ${channels} channels with ${name} of shape [${value.shape}]: needed [${channels}]`,
      );
    }
  }
  if (x.size <= scale.size) {
    throw new RangeError(
      `Expected more than 1 value per channel when training, got an input of shape [${x.shape}]: give a larger batch, or run the model without \`training: true\``,
    );
  }
}

/**
 * Normalises each channel (last axis) by the mean and variance of the batch, with a closed-form gradient.
 *
 * y = scale · (x − mean) / √(variance + epsilon) + offset (Ioffe & Szegedy 2015). One fused kernel where the backend
 * has registered `BatchNormTraining`, composed operations elsewhere. Gradients reach `x`, `scale` and `offset`.
 *
 * @param x `[N, C]` or `[N, H, W, C]` (any rank of at least 2) float32.
 * @param scale `[C]` float32.
 * @param offset `[C]` float32.
 * @param epsilon Added to the variance; default 1e-5.
 * @throws RangeError if shapes do not fit, or if there is only one value per channel; TypeError if x is not float32.
 *
 * @example
 * ```ts
 * const { y, mean, variance } = batchNormTraining(tf.tensor2d([[1], [3]]), tf.ones([1]), tf.zeros([1]));
 * y.print(); // [[-1], [1]]
 * tf.dispose([y, mean, variance]);
 * ```
 */
export function batchNormTraining<T extends Tensor>(
  x: T,
  scale: Tensor,
  offset: Tensor,
  epsilon = 1e-5,
): BatchNormTrainingResult<T> {
  check(x, scale, offset);
  const channels = scale.size;
  const shape: [number, number, number, number] =
    x.rank === 4 ? (x as Tensor4D).shape : [x.size / channels, 1, 1, channels];
  const forward = getKernel('BatchNormTraining', getBackend()) ? fused : composed;
  // A custom gradient has one output: the statistics leave it by another way, kept over the end of its scope.
  const statistics: Tensor[] = [];
  try {
    return tidy(() => {
      const normalise = customGrad((...args) => {
        const [x, scale, offset, save] = args as unknown as [Tensor4D, Tensor, Tensor, GradSaveFunc];
        const { y, mean, variance, gradient } = forward(x, scale, offset, epsilon, save);
        statistics.push(keep(mean), keep(variance));
        return { value: y, gradFunc: (dy, saved) => gradient(dy as Tensor4D, saved) };
      });
      const y =
        x.rank === 4 ? normalise(x, scale, offset) : reshape(normalise(reshape(x, shape), scale, offset), x.shape);
      const [mean, variance] = statistics.map((t) => clone(t)) as [Tensor1D, Tensor1D];
      return { y: y as T, mean, variance };
    }) as BatchNormTrainingResult<T>;
  } finally {
    dispose(statistics);
  }
}
