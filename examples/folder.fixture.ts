import { imageFolder, imageFolders } from '@hcsc/data';
import { defineRecipe } from '@hcsc/train';
import tiny from './tiny.fixture.js';

/** The tiny recipe on images that the test has put into the folders `train`, `test` and `unlabelled` of HCSC_TEST_IMAGES. */
const folder = process.env.HCSC_TEST_IMAGES!;
const options = { size: 28, resize: 28, channels: 1, onUnreadable: 'skip' } as const;
const labelled = imageFolders({ train: `${folder}/train`, test: `${folder}/test`, name: 'squares', ...options });

export default defineRecipe({
  ...tiny,
  name: 'folder',
  epochs: 2,
  data: {
    name: 'squares without labels',
    train: () => imageFolder(`${folder}/unlabelled`, options),
    labelled: labelled.train,
    test: labelled.test,
  },
});
