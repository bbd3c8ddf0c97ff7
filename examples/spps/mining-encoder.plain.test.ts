import { beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.resetModules();
  return () => vi.unstubAllEnvs();
});

const recipes = async () => {
  const files = [import('./cifar10.js'), import('./stl10.js'), import('./imagenet.js')] as const;
  const mocos = [import('./moco-cifar10.js'), import('./moco-stl10.js'), import('./moco-imagenet.js')] as const;
  return (await Promise.all([...files, ...mocos])).map(({ default: recipe }) => recipe);
};

test('pairs are of the paper’s thresholds and share, found with the MoCo v2 of the same data', async () => {
  vi.stubEnv('HCSC_ENCODER', undefined);
  const found = (await recipes()).map(({ pairs }) => pairs!.options);
  expect(found).toMatchObject(
    ['cifar10', 'stl10', 'imagenet', 'cifar10', 'stl10', 'imagenet'].map((set) => ({
      encoder: { name: `moco-v2-${set}, trained` },
      miner: { name: 'semanticPairs', lower: 0.97, upper: 0.99 },
      share: set === 'imagenet' ? 0.05 : 1,
    })),
  );
});

test('HCSC_ENCODER names another encoder', async () => {
  vi.stubEnv('HCSC_ENCODER', 'weights/moco_v2_800ep_pretrain.pth.tar');
  for (const { pairs } of await recipes()) {
    expect(pairs!.options).toMatchObject({ encoder: { name: 'moco_v2_800ep_pretrain.pth.tar' } });
  }
});
