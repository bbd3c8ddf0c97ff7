/** Mean and standard deviation of each channel of a data set, on the scale 0 to 1. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

const statistics = (mean: readonly number[], standardDeviation: readonly number[]): ChannelStatistics =>
  Object.freeze({ mean: Object.freeze([...mean]), standardDeviation: Object.freeze([...standardDeviation]) });

/** ImageNet: what torchvision's models, MoCo, HCSC and nearly everybody else uses, on other data sets of photos as well. */
export const imagenetStatistics = statistics([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

/**
 * CIFAR-10, over all pixels of the training images. As common: the deviations 0.2023, 0.1994, 0.2010, which are the means
 * of the deviations within each image.
 */
export const cifar10Statistics = statistics([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]);

/** CIFAR-100, over all pixels of the training images. */
export const cifar100Statistics = statistics([0.5071, 0.4867, 0.4408], [0.2675, 0.2565, 0.2761]);

/** STL-10, over all pixels of the labelled training images. ImageNet's, from which its images come, are as common. */
export const stl10Statistics = statistics([0.4467, 0.4398, 0.4066], [0.2603, 0.2566, 0.2713]);

/** Fashion-MNIST, over all pixels of the training images. */
export const fashionMnistStatistics = statistics([0.286], [0.353]);

/** MNIST, over all pixels of the training images. */
export const mnistStatistics = statistics([0.1307], [0.3081]);
