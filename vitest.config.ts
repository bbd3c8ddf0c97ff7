import { defineConfig } from 'vitest/config';

const source = {
  find: /^@hcsc\/([a-z]+)$/,
  replacement: new URL('./packages/$1/src/index.ts', import.meta.url).pathname,
};

/** Tests that need no tensor backend: files, options, pages. */
const plain = ['packages/*/src/**/*.plain.test.ts', 'examples/**/*.plain.test.ts'];
/** All others run once on every backend. */
const onBackend = ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts'];

/** Tests of one backend, by their name: `binding.native.test.ts`. */
const onlyOn = (name: string) => `{packages/*/src,examples}/**/*.${name}.test.ts`;
const backends = ['cpu', 'wasm', 'native', 'webgpu'];

/** Where `npm run test:webgpu` has put the packages that only it needs; without it there is no project of that name. */
const webgpu = process.env.HCSC_WEBGPU;
const webgpuPackages = ['webgpu', '@tensorflow/tfjs-backend-webgpu'].map((name) => ({
  find: new RegExp(`^${name}$`),
  replacement: `${webgpu}/node_modules/${name}`,
}));

const backend = (name: string) => ({
  extends: true as const,
  ...(name === 'webgpu' && { resolve: { alias: [source, ...webgpuPackages] } }),
  test: {
    name,
    include: onBackend,
    exclude: [...plain, ...backends.filter((other) => other !== name).map(onlyOn), '**/node_modules/**'],
    setupFiles: [`./vitest/${name}.ts`],
    ...(name === 'webgpu' && { runner: './vitest/webgpu-runner.ts' }),
    globalSetup: name === 'native' ? ['./vitest/find-native.ts'] : [],
  },
});

export default defineConfig({
  resolve: { alias: [source] },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'plain', include: plain, exclude: ['**/node_modules/**'] } },
      ...backends.filter((name) => name !== 'webgpu' || webgpu).map(backend),
    ],
  },
});
