import { ressl, stl10Statistics } from '@hcsc/data';
import { defineRecipe } from '@hcsc/train';
import { stl10Data } from '../large-data.js';
import cifar from './cifar10.js';

/**
 * CGH on the 100,000 images of STL-10 without labels; its labelled images are for evaluation only. The network and the values
 * are those of CIFAR-10, on images of 96 pixels, with a longer queue.
 *
 *   HCSC_DATA=<folder with stl10_binary> npm run hcsc -- pretrain examples/cgh/stl10.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  ...cifar,
  name: 'cgh-stl10',
  data: stl10Data,
  views: ressl({ size: 96, normalize: stl10Statistics }),
  settings: { ...cifar.settings!, queue: 16_384 },
});
