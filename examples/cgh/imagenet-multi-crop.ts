import { hcscMultiCrop, imagenetStatistics, ressl, views } from '@hcsc/data';
import { defineRecipe } from '@hcsc/train';
import imagenet from './imagenet.js';

const normalize = imagenetStatistics;
const [, , ...local] = hcscMultiCrop({ normalize }).views;

/**
 * CGH on ImageNet with multi-crop: the recipe of `imagenet.ts`, whose global student sees four local views too, of 192, 160, 128
 * and 96 pixels.
 *
 *   HCSC_DATA=<folder with imagenet/train and imagenet/val> npm run hcsc -- pretrain examples/cgh/imagenet-multi-crop.ts
 *
 * For larger machines: nobody has trained it here, so no figure is given.
 */
export default defineRecipe({
  ...imagenet,
  name: 'cgh-imagenet-multi-crop',
  views: views(...ressl({ size: 224, normalize }).views, ...local),
  settings: { ...imagenet.settings!, localViews: local.length },
});
