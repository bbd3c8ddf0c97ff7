/** Says which parameters a rule is for, by name (`layer1.0.bn1.weight`) and shape. */
export type ParameterRule = (name: string, shape: readonly number[]) => boolean;

/**
 * The parameters of normalisation layers and all biases: those with at most one dimension.
 *
 * It goes by shape, as the LARS of HCSC and Barlow Twins does. Names do not tell: in a projection head `fc.1.weight` is a batch
 * norm's scale and `fc.0.weight` a matrix, and a shortcut's batch norm is `layer2.0.downsample.1.weight`.
 *
 * @example
 * ```ts
 * normAndBias('layer1.0.bn1.weight', [64]); // true
 * normAndBias('conv1.weight', [3, 3, 3, 64]); // false
 * sgd({ learningRate: 0.03, exclude: normAndBias });
 * ```
 */
export function normAndBias(_name: string, shape: readonly number[]): boolean {
  return shape.length <= 1;
}
