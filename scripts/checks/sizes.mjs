import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * What an import may weigh: of which package, what is imported (`*`: all of it), and the limit in bytes, gzipped. It counts what a
 * bundler makes of it, minified, with our packages that it needs and without TensorFlow.js and parts that are loaded on demand.
 */
const limits = [
  ['@hcsc/losses', '*', 6_000],
  ['@hcsc/kmeans', 'kMeans', 10_000],
  ['@hcsc/kmeans', '*', 24_000],
  ['@hcsc/samplers', '*', 13_000],
  ['@hcsc/backbones', '*', 9_000],
  ['@hcsc/momentum', '*', 4_500],
  ['@hcsc/random', '*', 2_500],
  ['@hcsc/trace', '*', 1_000],
  ['@hcsc/simd', '*', 2_500],
];

/** The gzipped bytes that are loaded at once for `import { what } from name`. */
export async function importSize(root, name, what) {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: what === '*' ? `export * from '${name}';` : `export { ${what} } from '${name}';`,
      resolveDir: join(root, 'packages', name.slice('@hcsc/'.length)),
      sourcefile: 'import.js',
    },
    absWorkingDir: root,
    outdir: 'size',
    alias: { [name]: join(root, 'packages', name.slice('@hcsc/'.length), 'dist/index.js') },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    metafile: true,
    external: ['@tensorflow/*'],
    logLevel: 'silent',
  });
  const { outputs } = metafile;
  const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint);
  const atOnce = new Set([entry]);
  for (const path of atOnce) {
    for (const { path: other, kind, external } of outputs[path].imports) {
      if (kind === 'import-statement' && !external) atOnce.add(other);
    }
  }
  return outputFiles
    .filter(({ path }) => [...atOnce].some((one) => resolve(root, one) === path))
    .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

/** Says which imports of built packages weigh more than they may. */
export async function checkSizes(root, table = limits) {
  const problems = [];
  for (const [name, what, limit] of table) {
    if (!existsSync(join(root, 'packages', name.slice('@hcsc/'.length), 'dist'))) continue;
    const size = await importSize(root, name, what);
    if (size > limit) {
      const imported = what === '*' ? `import * from '${name}'` : `import { ${what} } from '${name}'`;
      problems.push(`${imported} weighs ${size} bytes gzipped, ${limit} is the limit`);
    }
  }
  return problems;
}
