import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'render-worker': 'src/loading/render-worker.ts' },
  format: ['esm'],
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
});
