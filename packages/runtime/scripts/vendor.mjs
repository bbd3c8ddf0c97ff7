// Bundles the JavaScript half of tfjs-node (its kernels and their backend) into vendor/tfjs-node.cjs, so that nobody
// runs tfjs-node's installer. `node packages/runtime/scripts/vendor.mjs`: does nothing if the bundle is up to date.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);
const here = dirname(script);
const folder = join(here, '../vendor');
const bundle = join(folder, 'tfjs-node.cjs');
const stamp = join(folder, 'made-from.txt');

const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
const madeFrom = `tfjs-node ${version}, ${createHash('sha256').update(readFileSync(script)).digest('hex')}\n`;

/** What of tfjs-node must not come along as it is. */
const replacements = {
  name: 'replacements',
  setup({ onResolve, onLoad }) {
    // Newer versions of Node have no util.isNullOrUndefined and no util.isArray.
    onResolve({ filter: /^util$/ }, () => ({ path: 'util', namespace: 'replaced' }));
    // Protocol buffers of TensorBoard summaries, which nothing here writes.
    onResolve({ filter: /proto\/api_pb$/ }, () => ({ path: 'api_pb', namespace: 'replaced' }));
    onLoad({ filter: /^util$/, namespace: 'replaced' }, () => ({
      contents: 'exports.isNullOrUndefined = (x) => x == null; exports.isArray = Array.isArray;',
    }));
    onLoad({ filter: /^api_pb$/, namespace: 'replaced' }, () => ({ contents: '' }));
    onLoad({ filter: /tfjs-node\/dist\/nodejs_kernel_backend\.js$/ }, ({ path }) => ({
      contents: replaced(readFileSync(path, 'utf8'), 'backend', superCall),
    }));
    onLoad({ filter: /tfjs-node\/dist\/kernels\/\w+\.js$/ }, ({ path }) => ({
      contents: replaced(
        readFileSync(path, 'utf8'),
        `kernel ${basename(path, '.js')}`,
        corrections[basename(path, '.js')],
      ),
    }));
  },
};

/**
 * Corrections to kernels. Chained operations (`x.sub(y)`), which tensors of tfjs-core alone do not have, become what says
 * the same; the mean is taken in the dtype it was cast to; whole numbers are round already, which TensorFlow 2.21 makes 0.
 */
const corrections = {
  ArgMax: [['x.toInt()', "(0, tfjs_1.cast)(x, 'int32')"]],
  ArgMin: [['x.toInt()', "(0, tfjs_1.cast)(x, 'int32')"]],
  Exp: [['x.toFloat()', "(0, tfjs_1.cast)(x, 'float32')"]],
  Mean: [['createReductionOpAttrs(x, keepDims)', 'createReductionOpAttrs(asFloat32, keepDims)']],
  Prelu: [
    ['alpha.mul(x.sub((0, tfjs_1.abs)(x))).mul(0.5)', '(0, tfjs_1.mul)(alpha, (0, tfjs_1.minimum)(x, 0))'],
    ['pos.add(neg)', '(0, tfjs_1.add)(pos, neg)'],
  ],
  Round: [
    [
      'return backend.executeSingleInput(tfjs_1.Round, x);',
      "return x.dtype === 'float32' ? backend.executeSingleInput(tfjs_1.Round, x) : (0, tfjs_1.clone)(x);",
    ],
  ],
};

/** tfjs-node is compiled to functions, which cannot extend a class: what tfjs-core's ES modules have. */
const superCall = [['_super.call(this) || this', 'Reflect.construct(_super, [], NodeJSKernelBackend)']];

function replaced(source, name, replacements = []) {
  return replacements.reduce((text, [theirs, ours]) => {
    if (!text.includes(theirs)) throw new Error(`tfjs-node's ${name} has no '${theirs}' to replace`);
    return text.replace(theirs, ours);
  }, source);
}

const upToDate = existsSync(bundle) && existsSync(stamp) && readFileSync(stamp, 'utf8') === madeFrom;
if (!upToDate) await build();

async function build() {
  const esbuild = await import('esbuild');
  mkdirSync(folder, { recursive: true });
  rmSync(stamp, { force: true });
  const entry = `
    export { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
    import '@tensorflow/tfjs-node/dist/register_all_kernels';
  `;
  const part = `${bundle}.${process.pid}.part`;
  await esbuild.build({
    stdin: { contents: entry, resolveDir: here },
    outfile: part,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'warning',
    external: ['@tensorflow/tfjs-core'],
    alias: { '@tensorflow/tfjs': '@tensorflow/tfjs-core' },
    plugins: [replacements],
    banner: {
      js: `/* Kernels of @tensorflow/tfjs-node ${version} (Apache-2.0, see tfjs-node.LICENSE), changed where scripts/vendor.mjs says. */`,
    },
  });
  renameSync(part, bundle);
  copyFileSync(join(here, 'tfjs-node.LICENSE'), join(folder, 'tfjs-node.LICENSE'));
  writeFileSync(stamp, madeFrom);
}
