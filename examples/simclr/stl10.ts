import { simclr as simclrViews, stl10Statistics } from '@hcsc/data';
import { defineRecipe } from '@hcsc/train';
import { stl10Data } from '../large-data.js';
import cifar from './cifar10.js';
import { simclrOptimizer } from './optimizer.js';

/**
 * SimCLR on the 100,000 images of STL-10 without labels; its labelled images are for evaluation only. The network is that
 * of CIFAR-10 on images of 96 pixels (ResNet-18 or, with `depth=50`, ResNet-50, CIFAR stem), as SPPS (arXiv 2306.16122)
 * has it; colours and blur are SimCLR's for ImageNet.
 *
 *   HCSC_DATA=<folder with stl10_binary> npm run hcsc -- pretrain examples/simclr/stl10.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given. Batches of 256, trained by SGD, since none of the
 * papers has a rate for STL-10 with LARS; `--set accumulate=4` takes a quarter of the memory, and of the negatives.
 */
export default defineRecipe({
  ...cifar,
  name: 'simclr-stl10',
  batchSize: 256,
  data: stl10Data,
  views: simclrViews({ size: 96, normalize: stl10Statistics }),
  ...simclrOptimizer(256),
});
