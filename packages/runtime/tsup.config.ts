import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'es2022',
  dts: true,
  sourcemap: true,
  clean: true,
  // Optional peers that only peerDependenciesMeta names, so that nobody's package manager brings them along.
  external: ['@tensorflow/tfjs-backend-webgpu', 'webgpu'],
});
