export type { BatchesOptions, OrderOptions } from './loading/epoch-order.js';
export { stopImageWorkers } from './loading/image-workers.js';
export { type Batch, type Loader, type LoaderOptions, loader } from './loading/loader.js';
export { type ViewBatch, type ViewLoader, type ViewLoaderOptions, viewLoader } from './loading/view-loader.js';
export { type Cifar10Options, type Cifar100Options, cifar10, cifar100 } from './sources/cifar.js';
export { cifar10Classes, cifar100CoarseClasses, cifar100FineClasses } from './sources/cifar-classes.js';
export { DataFileError, type DataFileFault } from './sources/data-file-error.js';
export type { EncodedImage, EncodedImages } from './sources/encoded-images.js';
export type { DecodingOptions, EncodedSource } from './sources/encoded-source.js';
export {
  type FashionMnistOptions,
  fashionMnist,
  fashionMnistClasses,
  fashionMnistSample,
} from './sources/fashion-mnist.js';
export { type FromIterableOptions, fromIterable, type IterableDataset } from './sources/from-iterable.js';
export { type IdxOptions, idx } from './sources/idx.js';
export {
  type ImageFolderOptions,
  type ImageFoldersOptions,
  imageFolder,
  imageFolders,
} from './sources/image-folder.js';
export type { ImageItem, ImageLabel, RawImage } from './sources/image-item.js';
export type { DataSet, ImageSource, Originals, PairedImages, UnreadableImage } from './sources/image-source.js';
export { type MemorySourceOptions, memorySource } from './sources/memory-source.js';
export { pairedSource } from './sources/paired-source.js';
export { type Stl10, type Stl10Options, stl10, stl10Classes } from './sources/stl10.js';
export { subset } from './sources/subset.js';
export { type TarShardsOptions, tarShards } from './sources/tar-shards.js';
export { adjustBrightness, adjustContrast, adjustSaturation } from './transforms/adjust-color.js';
export { adjustHue } from './transforms/adjust-hue.js';
export { boxBlur } from './transforms/box-blur.js';
export { centerCrop } from './transforms/center-crop.js';
export {
  type ColorJitterOptions,
  colorJitter,
  type JitterDraws,
  type JitterOperation,
  type JitterStrength,
} from './transforms/color-jitter.js';
export { type BlurDraws, blur, type GaussianBlurOptions, gaussianBlur } from './transforms/gaussian-blur.js';
export { type GrayscaleDraws, luminance, randomGrayscale } from './transforms/grayscale.js';
export type { DrawRange, HostResampling, HostStep, Interpolation, Size } from './transforms/host-step.js';
export { normalize } from './transforms/normalize.js';
export { type FlipDraws, randomHorizontalFlip } from './transforms/random-horizontal-flip.js';
export { type CropDraws, type RandomResizedCropOptions, randomResizedCrop } from './transforms/random-resized-crop.js';
export {
  type RandomSolarizeOptions,
  randomSolarize,
  type SolarizeDraws,
  solarize,
} from './transforms/random-solarize.js';
export { resize } from './transforms/resize.js';
export { type ResamplingOptions, type ResizedCropOptions, resizedCrop } from './transforms/resized-crop.js';
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
} from './transforms/transform.js';
export type { AugmentationOptions } from './views/augmented-view.js';
export {
  type ChannelStatistics,
  cifar10Statistics,
  cifar100Statistics,
  fashionMnistStatistics,
  imagenetStatistics,
  mnistStatistics,
  stl10Statistics,
} from './views/channel-statistics.js';
export { type EvaluationOptions, evaluation } from './views/evaluation.js';
export { type HcscMultiCropOptions, hcscMultiCrop } from './views/hcsc-multi-crop.js';
export { type MocoV1Options, mocoV1 } from './views/moco-v1.js';
export { type MocoV2Options, mocoV2 } from './views/moco-v2.js';
export { type ResslOptions, ressl } from './views/ressl.js';
export { type SimclrOptions, simclr } from './views/simclr.js';
export { type SplitPlan, splitPlan } from './views/split-plan.js';
export { type View, type ViewPlan, type ViewTensors, view, views } from './views/view.js';
