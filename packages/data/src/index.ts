export { adjustBrightness, adjustContrast, adjustSaturation } from './adjust-color.js';
export { adjustHue } from './adjust-hue.js';
export {
  type ColorJitterOptions,
  colorJitter,
  type JitterDraws,
  type JitterOperation,
  type JitterStrength,
} from './color-jitter.js';
export { DataFileError, type DataFileFault } from './data-file-error.js';
export {
  type FashionMnistOptions,
  fashionMnist,
  fashionMnistClasses,
  fashionMnistSample,
} from './fashion-mnist.js';
export { type BlurDraws, blur, type GaussianBlurOptions, gaussianBlur } from './gaussian-blur.js';
export { type GrayscaleDraws, luminance, randomGrayscale } from './grayscale.js';
export { type IdxOptions, idx } from './idx.js';
export type { DataSet, ImageSource } from './image-source.js';
export { type Batch, type BatchesOptions, type Loader, type LoaderOptions, loader } from './loader.js';
export { type MemorySourceOptions, memorySource } from './memory-source.js';
export { type MocoV2Options, mocoV2 } from './moco-v2.js';
export { normalize } from './normalize.js';
export { type FlipDraws, randomHorizontalFlip } from './random-horizontal-flip.js';
export { type CropDraws, type RandomResizedCropOptions, randomResizedCrop } from './random-resized-crop.js';
export { type ResizedCropOptions, resizedCrop } from './resized-crop.js';
export { subset } from './subset.js';
export {
  type BatchShape,
  compose,
  type DrawnTransform,
  type Draws,
  drawnTransform,
  type GivenDraws,
  type PerImage,
  perImage,
  type Transform,
} from './transform.js';
export { type View, type ViewPlan, type ViewTensors, view, views } from './view.js';
