import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Block, blockOf, withScratch } from './scratch.js';
import { simdFunctions } from './simd/functions.js';

/** Bytes of a matrix that are summed in float32 before they are added in float64; they fit the nearest cache. */
const BYTES_AT_A_TIME = 16_384;

/** Batch normalisation with the batch's own statistics: `BatchNormTraining` as packages agree on it. */
export const batchNormTrainingKernel: KernelConfig = {
  kernelName: 'BatchNormTraining',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, scale, offset } = inputs as Record<'x' | 'scale' | 'offset', TensorInfo>;
    const { epsilon } = attrs as { epsilon: number };
    const wasm = backend as BackendWasm;
    const simd = simdFunctions(wasm);
    const shape = matrixShape(x, { scale, offset });
    const [y, mean, variance] = [x, scale, scale].map(({ shape }) => wasm.makeOutput(shape, 'float32'));
    const [from, averages, result] = [blockOf(wasm, x), blockOf(wasm, mean!), blockOf(wasm, y!)];
    withScratch(wasm, (allocate) => {
      const [sum, factor] = [allocate(shape.channels), allocate(shape.channels)];
      const mean = averages.pointer;
      const rowBytes = shape.rowBytes;
      const [total] = sumBlocks(shape, [sum], (start, rows) => {
        simd.sums({ x: from.pointer + start, sum: sum.pointer, rows, rowBytes });
      });
      averages.values().set(total!.map((value) => value / shape.rows));
      const [squares] = sumBlocks(shape, [sum], (start, rows) => {
        simd.squares({ x: from.pointer + start, mean, sum: sum.pointer, rows, rowBytes });
      });
      const variances = squares!.map((value) => value / shape.rows);
      blockOf(wasm, variance!).values().set(variances);
      const scales = blockOf(wasm, scale).values();
      factor.values().set(variances.map((value, c) => scales[c]! / Math.sqrt(value + epsilon)));
      const shift = blockOf(wasm, offset).pointer;
      simd.normalise({
        ...{ x: from.pointer, mean, factor: factor.pointer, offset: shift },
        ...{ result: result.pointer, rows: shape.rows, rowBytes },
      });
    });
    return [y!, mean!, variance!];
  },
};

/** The gradient of `BatchNormTraining`: `BatchNormTrainingGrad` as packages agree on it. */
export const batchNormTrainingGradKernel: KernelConfig = {
  kernelName: 'BatchNormTrainingGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, x, scale, mean, variance } = inputs as Record<'dy' | 'x' | 'scale' | 'mean' | 'variance', TensorInfo>;
    const { epsilon } = attrs as { epsilon: number };
    const wasm = backend as BackendWasm;
    const simd = simdFunctions(wasm);
    const shape = matrixShape(x, { scale, mean, variance });
    if (String(dy.shape) !== String(x.shape)) {
      throw new RangeError(`Cannot send a gradient of shape [${dy.shape}] through an input of shape [${x.shape}]`);
    }
    const [dx, dScale, dOffset] = [x, scale, scale].map(({ shape }) => wasm.makeOutput(shape, 'float32'));
    const { rows, rowBytes, channels } = shape;
    withScratch(wasm, (allocate) => {
      const [sum, product] = [allocate(channels), allocate(channels)];
      const [factor, slope, offset] = [allocate(channels), allocate(channels), allocate(channels)];
      const [from, input, averages] = [dy, x, mean].map((info) => blockOf(wasm, info).pointer);
      const [sums, products] = sumBlocks(shape, [sum, product], (start, rows) => {
        simd.gradientSums({
          ...{ dy: from! + start, x: input! + start, mean: averages! },
          ...{ sum: sum.pointer, product: product.pointer, rows, rowBytes },
        });
      });
      const scales = blockOf(wasm, scale).values();
      const inverse = Array.from(blockOf(wasm, variance).values(), (value) => 1 / Math.sqrt(value + epsilon));
      blockOf(wasm, dOffset!).values().set(sums!);
      blockOf(wasm, dScale!)
        .values()
        .set(products!.map((value, c) => value * inverse[c]!));
      // dx = scale · inverse · (dy − mean(dy) − x̂ · mean(dy · x̂)), with x̂ = (x − mean) · inverse
      const factors = inverse.map((value, c) => value * scales[c]!);
      factor.values().set(factors);
      slope.values().set(factors.map((value, c) => (-value * inverse[c]! ** 2 * products![c]!) / rows));
      offset.values().set(factors.map((value, c) => (-value * sums![c]!) / rows));
      simd.normaliseGradient({
        ...{ dy: from!, x: input!, mean: averages!, factor: factor.pointer, slope: slope.pointer },
        ...{ offset: offset.pointer, result: blockOf(wasm, dx!).pointer, rows, rowBytes },
      });
    });
    return [dx!, dScale!, dOffset!];
  },
};

interface MatrixShape {
  readonly rows: number;
  readonly channels: number;
  readonly rowBytes: number;
}

function matrixShape({ shape }: TensorInfo, perChannel: Readonly<Record<string, TensorInfo>>): MatrixShape {
  const channels = shape.at(-1)!;
  for (const [name, info] of Object.entries(perChannel)) {
    if (info.shape.length !== 1 || info.shape[0] !== channels) {
      throw new RangeError(`Cannot normalise ${channels} channels with ${name} of shape [${info.shape}]`);
    }
  }
  return { rows: shape.slice(0, -1).reduce((a, b) => a * b, 1), channels, rowBytes: 4 * channels };
}

/** Totals of what `sum` writes to the blocks `partial`, called for some rows after the other. */
function sumBlocks(
  { rows, channels, rowBytes }: MatrixShape,
  partial: readonly Block[],
  sum: (start: number, rows: number) => void,
): Float64Array[] {
  const totals = partial.map(() => new Float64Array(channels));
  const views = partial.map((block) => block.values());
  const atATime = Math.max(1, Math.floor(BYTES_AT_A_TIME / rowBytes));
  for (let row = 0; row < rows; row += atATime) {
    sum(row * rowBytes, Math.min(atATime, rows - row));
    totals.forEach((total, i) => {
      for (let c = 0; c < channels; c++) total[c]! += views[i]![c]!;
    });
  }
  return totals;
}
