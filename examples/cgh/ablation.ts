import { knnTop1, linearTop1 } from '@hcsc/eval';
import { defineAblation } from '@hcsc/train';
import { smallBudget, smallMoco } from '../small-bases.js';
import { fromItself, smallCgh, toGlobal, toHypercolumn } from './small-cgh.js';

const directions = [toHypercolumn, toGlobal];

/**
 * What does CGH gain, and by what? MoCo v2, ReSSL's single direction, each of CGH's two alone, and both with hypercolumns of
 * other stages: 20,000 images of Fashion-MNIST, the same network, steps, queue and momentum, three seeds; equal seeds begin
 * with the same backbone. MoCo v2 has two strong views; the others a strong and a weak one, and InfoNCE gives way to relations
 * in the first of four epochs.
 *
 *   npm run example -- cgh                                run the recipe
 *   npm run ablate -- examples/cgh/ablation.ts             all 21 runs, needs Debian's dataset-fashion-mnist
 *   npm run ablate -- examples/cgh/ablation.ts --dry-run   how far they are
 */
export default defineAblation({
  name: 'cgh-ablation',
  factors: {
    method: {
      'moco-v2': smallMoco(smallBudget),
      ressl: smallCgh('ressl', { directions: [fromItself] }),
      cgh: smallCgh('cgh', { directions }),
      'global-to-hyper': smallCgh('global-to-hyper', { directions: [toHypercolumn] }),
      'hyper-to-global': smallCgh('hyper-to-global', { directions: [toGlobal] }),
      'cgh-4': smallCgh('cgh-4', { directions, taps: ['stage4'] }),
      'cgh-2-3-4': smallCgh('cgh-2-3-4', { directions, taps: ['stage2', 'stage3', 'stage4'] }),
    },
  },
  seeds: [0, 1, 2],
  baseline: { method: 'moco-v2' },
  metrics: [knnTop1(), linearTop1()],
  recipe: ({ method }) => method,
});
