/** `[height, width]` in pixels. */
export type Size = readonly [height: number, width: number];

/** What a random parameter is drawn from. */
export type DrawRange = readonly [min: number, max: number];

/** How pixels between pixels are made. */
export type Interpolation = 'bilinear' | 'bicubic';

/** How a transform makes pixels between pixels. */
export interface HostResampling {
  readonly interpolation: Interpolation;
  readonly antialias: boolean;
}

/**
 * A transform of this package as plain data, from which a worker thread makes the same for one image after the other.
 *
 * What is optional has been settled: ranges are ranges, sizes are `[height, width]`.
 */
export type HostStep =
  | ({
      readonly step: 'randomResizedCrop';
      readonly size: Size;
      readonly scale: DrawRange;
      readonly ratio: DrawRange;
      readonly flip: number;
    } & HostResampling)
  /** A number is the length of the shorter side. */
  | ({ readonly step: 'resize'; readonly size: number | Size } & HostResampling)
  | { readonly step: 'centerCrop'; readonly size: Size }
  | { readonly step: 'randomHorizontalFlip'; readonly p: number }
  | {
      readonly step: 'colorJitter';
      readonly brightness: DrawRange;
      readonly contrast: DrawRange;
      readonly saturation: DrawRange;
      readonly hue: DrawRange;
      readonly p: number;
    }
  | { readonly step: 'randomGrayscale'; readonly p: number }
  /** `kernel` null: as wide as the transform's default. */
  | { readonly step: 'gaussianBlur'; readonly p: number; readonly sigma: DrawRange; readonly kernel: number | null }
  | { readonly step: 'randomSolarize'; readonly p: number; readonly threshold: number }
  | { readonly step: 'normalize'; readonly mean: readonly number[]; readonly standardDeviation: readonly number[] };
