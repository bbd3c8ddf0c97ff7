import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mlp, resnet } from '@hcsc/backbones';
import { cifar10, imageFolders, stl10 } from '@hcsc/data';
import { semanticPairs } from '@hcsc/samplers';
import {
  type LogRecord,
  type Method,
  type MethodContext,
  minedPairs,
  type PairPlan,
  pixelEncoder,
  pretrain,
  type Recipe,
  type RecipeData,
  type StepRecord,
  trainedEncoder,
} from '@hcsc/train';
import { getBackend, memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import cghCifar10 from './cgh/cifar10.js';
import cghImagenet from './cgh/imagenet.js';
import cghMultiCrop from './cgh/imagenet-multi-crop.js';
import { cgh } from './cgh/method.js';
import { projectionsOf } from './cgh/projections.js';
import cghStl10 from './cgh/stl10.js';
import mocoCifar10 from './moco-v2/cifar10.js';
import mocoImagenet from './moco-v2/imagenet.js';
import { moco } from './moco-v2/method.js';
import mocoStl10 from './moco-v2/stl10.js';
import pclCifar10 from './pcl/cifar10.js';
import pclImagenet from './pcl/imagenet.js';
import { pcl } from './pcl/method.js';
import pclStl10 from './pcl/stl10.js';
import simclrCifar10 from './simclr/cifar10.js';
import simclrImagenet from './simclr/imagenet.js';
import { simclr } from './simclr/method.js';
import simclrStl10 from './simclr/stl10.js';
import sppsCifar10 from './spps/cifar10.js';
import sppsImagenet from './spps/imagenet.js';
import sppsMocoCifar10 from './spps/moco-cifar10.js';
import sppsMocoImagenet from './spps/moco-imagenet.js';
import sppsMocoStl10 from './spps/moco-stl10.js';
import sppsStl10 from './spps/stl10.js';
import { writeCifar10, writeImagenet, writeStl10 } from './synthetic-data.fixture.js';

let folder: string;
/** Files of few images, in the formats of the data sets. */
const data: Record<string, RecipeData> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-larger-'));
  writeCifar10(folder, 3);
  writeStl10(folder, 13);
  await writeImagenet(folder, 6);
  const stl = stl10({ folder, partial: true });
  data['CIFAR-10'] = cifar10({ folder, partial: true });
  data['STL-10'] = { name: 'STL-10', train: stl.unlabelled, labelled: stl.train, test: stl.test };
  data.ImageNet = imageFolders({
    ...{ train: join(folder, 'imagenet/train'), test: join(folder, 'imagenet/val'), size: 224 },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The pairs that are most alike, pixel by pixel: there are some in noise too. */
const alikePairs = () => minedPairs({ encoder: pixelEncoder(), miner: semanticPairs({ target: 7 }) });

const isCgh = ({ name }: Recipe) => name.startsWith('cgh');

/** The recipe as it is, for steps of 4 images out of the few. */
const short = (recipe: Recipe, steps: number, pairs: PairPlan | undefined = recipe.pairs && alikePairs()): Recipe => ({
  ...recipe,
  ...{ data: data[recipe.data.name]!, pairs, epochs: 1, stepsPerEpoch: steps, batchSize: 4 },
  ...(recipe.accumulate && { accumulate: 2 }),
  ...(recipe.settings?.splits && { settings: { ...recipe.settings, splits: 2, ...(isCgh(recipe) && { queue: 16 }) } }),
});

const tinyParts = ({ rng, imageShape }: MethodContext<never>) => ({
  encoder: resnet({
    ...{ blocks: [1], widths: [4], stem: imageShape[0] > 32 ? 'imagenet' : 'cifar', inputShape: imageShape },
    rng: rng.fork('encoder'),
  }),
  head: mlp({ hidden: 8, units: 8, rng: rng.fork('head') }),
});

/** A recipe with a network of one block in place of its own. */
const tiny = (recipe: Recipe): Recipe => ({
  ...recipe,
  method(context): Method {
    const [parts, { rng, pairs }] = [tinyParts(context as never), context];
    if (recipe.name.includes('moco')) return moco({ ...parts, rng, queue: 16, pairs }) as Method;
    if (recipe.name.includes('pcl'))
      return pcl({ ...parts, rng, queue: 16, warmupEpochs: 0, clusters: [4, 8] }) as Method;
    if (isCgh(recipe)) {
      const projections = projectionsOf(parts.encoder, { rng, hidden: 8, units: 8, taps: ['stage1'] });
      const localViews = recipe.views.views.length - 2;
      return cgh({ encoder: parts.encoder, projections, rng, queue: 16, warmupSteps: 1, localViews }) as Method;
    }
    return simclr({ ...parts, pairs }) as Method;
  },
});

/** Trains it; the steps as logged, and the change of the first weights. */
async function train(recipe: Recipe, name = recipe.name) {
  const before = memory().numTensors;
  const steps: StepRecord[] = [];
  let found = 0;
  const log = (record: LogRecord) => void (record.type === 'step' && steps.push(record));
  const { method, source } = await pretrain(
    {
      ...recipe,
      method(context) {
        found = context.pairs ? context.pairs.pairs.length / 2 : 0;
        return recipe.method(context);
      },
    },
    { folder: join(folder, 'runs', name), loggers: [{ log, close: async () => {} }], workers: 1 },
  );
  const { parameters } = method;
  method.dispose();
  expect(memory().numTensors).toBe(before);
  for (const { loss, parts } of steps) {
    expect([loss, ...Object.values(parts)].every(Number.isFinite)).toBe(true);
  }
  // A part of a batch in which all are partners has no negatives, and no loss.
  expect(Math.max(...steps.map(({ loss }) => loss))).toBeGreaterThan(0);
  return { steps, found, length: source.length, parameters: parameters.length };
}

describe.each<Recipe>([
  ...[simclrCifar10, simclrStl10, simclrImagenet, mocoCifar10, mocoStl10, mocoImagenet],
  ...[pclCifar10, pclStl10, pclImagenet, cghCifar10, cghStl10, cghImagenet, cghMultiCrop],
  ...[sppsCifar10, sppsStl10, sppsImagenet, sppsMocoCifar10, sppsMocoStl10, sppsMocoImagenet],
])('$name', (recipe) => {
  // Images of 96 and 224 pixels take cpu minutes; native trains the recipes' own networks: those with pairs, CGH's smallest,
  // and its largest, with multi-crop.
  const small = getBackend() === 'cpu' ? recipe.data.name === 'CIFAR-10' : getBackend() !== 'tensorflow';
  test.runIf(small)('trains on files of the right format, with a small network', async () => {
    const { steps, found } = await train(short(tiny(recipe), 2), `tiny-${recipe.name}`);
    expect(steps.length).toBe(2);
    expect(found).toBe(recipe.pairs ? 7 : 0);
    // The first step is part of the warm-up, if there is one.
    expect(steps[0]!.learningRate).toBe(/moco|pcl/.test(recipe.name) ? recipe.optimizer.learningRate : 0);
  });

  test.runIf(getBackend() === 'tensorflow' && (recipe.pairs || /cgh-(cifar10|.*crop)/.test(recipe.name)))(
    'trains a step with its own network',
    { timeout: 180_000 },
    async () => {
      const { steps, parameters } = await train(short(recipe, 1));
      expect(steps.length).toBe(1);
      // ResNet-50's or ResNet-18's, and those of a head with or without batch norm; of two heads and a hypercolumn.
      const heads = isCgh(recipe) ? 11 : recipe.name.includes('moco') ? 4 : 5;
      expect(parameters).toBe((recipe.name.includes('imagenet') ? 159 : 60) + heads);
    },
  );
});

test('SPPS trains an encoder first, and finds pairs with it', async () => {
  const encoder = trainedEncoder(short(tiny(mocoCifar10), 1));
  const pairs = minedPairs({ encoder, miner: semanticPairs({ target: 5, upper: 1 }) });
  const { steps, found, length } = await train(short(tiny(sppsCifar10), 2, pairs), 'spps');
  expect([steps.length, length]).toEqual([2, 15]);
  expect(found).toBe(5);
  expect(existsSync(join(folder, 'runs/moco-v2-cifar10/encoder/model.json'))).toBe(true);
  expect(existsSync(join(folder, 'runs/spps/pairs/pairs.safetensors'))).toBe(true);
});
