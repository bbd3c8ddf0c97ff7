import { PANEL_COLUMNS } from './filter-panels.js';
import type { SimdFunctions } from './simd/functions.js';

/** Pixels on the heap: the first one, and how far it is, in bytes, to the next in its row, in its column, in its batch. */
export interface Grid {
  readonly pointer: number;
  readonly pixelStep: number;
  readonly rowStep: number;
  readonly imageStep: number;
}

/** A convolution of `images` images; `from` is where the filter starts for each pixel of `to`. */
export interface Convolution {
  readonly from: Grid;
  readonly to: Grid;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  /** Channels of the output. */
  readonly columns: number;
  /** Panels of the filter `[filterHeight · run, columns]`. */
  readonly panels: number;
  readonly filterHeight: number;
  /** Width of the filter times channels of the input. */
  readonly run: number;
  /** From a row of the input to the next, in bytes. */
  readonly filterRow: number;
}

/** Pixels of images `[N, height, width, channels]`: each `strideHeight`th row, in it each `strideWidth`th. */
export function gridOf(
  { pointer, height, width, channels }: { pointer: number; height: number; width: number; channels: number },
  strideHeight = 1,
  strideWidth = 1,
): Grid {
  const pixel = 4 * channels;
  return {
    pointer,
    pixelStep: strideWidth * pixel,
    rowStep: strideHeight * width * pixel,
    imageStep: height * width * pixel,
  };
}

/** Convolves, 8 channels of the output after the other. */
export function convolveGrid(simd: SimdFunctions, convolution: Convolution): void {
  const { from, to, images, height, width, columns, panels, filterHeight, run, filterRow } = convolution;
  for (let first = 0; first < columns; first += PANEL_COLUMNS) {
    simd.convolve({
      x: from.pointer,
      panel: panels + 4 * first * filterHeight * run,
      y: to.pointer + 4 * first,
      pixels: images * height * width,
      outHeight: height,
      outWidth: width,
      filterHeight,
      run,
      columns: columns - first,
      filterRow,
      pixelStep: from.pixelStep,
      rowJump: from.rowStep - width * from.pixelStep,
      imageJump: from.imageStep - height * from.rowStep,
      outPixelStep: to.pixelStep,
      outRowJump: to.rowStep - width * to.pixelStep,
      outImageJump: to.imageStep - height * to.rowStep,
    });
  }
}
