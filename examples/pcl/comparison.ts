import { knnTop1, linearTop1 } from '@hcsc/eval';
import { selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { defineAblation } from '@hcsc/train';
import { hcsc } from '../hcsc/method.js';
import { smallBudget, smallMoco, smallMocoLike } from '../small-bases.js';
import { pcl } from './method.js';

const warmupEpochs = 1;

/** As fine as the paper's: 50, 25 and 12.5 images a prototype, of which 256 are drawn as negatives. */
const smallPcl = smallMocoLike('pcl', smallBudget, (frame) =>
  pcl({ ...frame, warmupEpochs, clusters: [400, 800, 1600], negatives: 256 }),
);

const smallHcsc = smallMocoLike('hcsc', smallBudget, (frame) =>
  hcsc({
    ...{ ...frame, warmupEpochs, clusters: [400, 130, 40] },
    ...{ instanceSampler: selectiveInstances(), prototypeSampler: selectivePrototypes() },
  }),
);

/**
 * PCL (arXiv 2005.04966) and HCSC (arXiv 2202.00455) beside the MoCo v2 that both grew from: 20,000 images of Fashion-MNIST, the
 * same network, steps and views, three seeds; equal seeds begin with the same weights. One epoch of four is without prototypes.
 *
 *   npm run ablate -- examples/pcl/comparison.ts             all 9 runs, needs Debian's dataset-fashion-mnist
 *   npm run ablate -- examples/pcl/comparison.ts --dry-run   how far they are
 */
export default defineAblation({
  name: 'pcl-comparison',
  factors: { method: { 'moco-v2': smallMoco(smallBudget), pcl: smallPcl, hcsc: smallHcsc } },
  seeds: [0, 1, 2],
  baseline: { method: 'moco-v2' },
  metrics: [knnTop1(), linearTop1()],
  recipe: ({ method }) => method,
});
