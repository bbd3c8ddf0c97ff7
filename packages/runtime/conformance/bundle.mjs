import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The runtime loads tfjs-node's kernels from a file, where they would find a tfjs-core of their own. */
const oneCopy = {
  name: 'one-copy',
  setup({ onLoad }) {
    onLoad({ filter: /src[\\/]vendored\.ts$/ }, () => ({
      contents: "export const loadTfjsNode = () => require('../vendor/tfjs-node.cjs');",
    }));
  },
};

/** Bundles `suite.mjs` and returns where the bundle is. */
export async function bundleSuite() {
  const outfile = join(here, '.bundle/suite.mjs');
  await build({
    entryPoints: [join(here, 'suite.mjs')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'error',
    // tfjs-core's modules, not its own bundle: the tests import them one by one.
    mainFields: ['module', 'main'],
    // tfjs-core's manifest says that its tests have no side effects: they would be dropped.
    ignoreAnnotations: true,
    external: ['koffi', 'jasmine-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-*', 'webgpu'],
    plugins: [oneCopy],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  return outfile;
}
