import { div, maximum, norm, type Tensor2D } from '@tensorflow/tfjs-core';

/** Rows of length 1, as PyTorch's `F.normalize`: x / max(‖x‖₂, 1e-12). */
export const l2Normalize = (rows: Tensor2D): Tensor2D => div(rows, maximum(norm(rows, 2, 1, true), 1e-12));
