import { defineRecipe } from '@hcsc/train';
import moco from '../moco-v2/stl10.js';
import cifar from './cifar10.js';

/**
 * PCL (arXiv 2005.04966) on the 100,000 images of STL-10 without labels; its labelled images are for evaluation only. The
 * recipe of `moco-v2/stl10.ts`, and the prototypes of `cifar10.ts`: the paper has neither set.
 *
 *   HCSC_DATA=<folder with stl10_binary> npm run hcsc -- pretrain examples/pcl/stl10.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  ...cifar,
  ...{ name: 'pcl-stl10', batchSize: moco.batchSize, data: moco.data, views: moco.views, optimizer: moco.optimizer },
  settings: { ...cifar.settings!, ...moco.settings! },
});
