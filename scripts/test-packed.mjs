// npm run test:packed: what a stranger does with our packages. They are packed as they would be published and installed
// with npm and with pnpm beside examples/third-party-trainer, in a folder that knows nothing of this repository. The
// trainer runs as ECMAScript and as CommonJS modules on each backend there is, and in a page of Chromium; loss and gradient
// must be the golden ones everywhere. One line for each. With CI set nothing is left out for want of a registry or a browser.
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './checks/workspace.mjs';
import { findChromium, pageLines } from './packed/chromium.mjs';
import { installPacked, managers, noRegistry } from './packed/managers.mjs';
import { pack } from './packed/pack.mjs';
import { serve } from './packed/serve.mjs';
import { withWorkplace } from './packed/workplace.mjs';
import { build, fetchRuntime, install, root, say } from './setup.mjs';

await install();
await build();
const native = await fetchRuntime();

const example = join(root, 'examples/third-party-trainer');
const fixture = join(root, 'packages/testing/golden/infonce.json');
const goldenCases = Object.keys(readJson(fixture).expected);
const backends = ['cpu', 'wasm', ...(native ? ['native'] : [])];
const pageBackends = ['wasm', 'webgl'];
if (!native) say('The native backend is left out');

const chromium = findChromium();
const withoutChromium =
  'there is no Chromium: install it (apt-get install chromium), or say where it is with HCSC_CHROMIUM';
if (!chromium && !process.env.CI) say(`The page is left out: ${withoutChromium}`);

let failed = 0;
let ran = 0;

/** Runs one environment and says in a line how it went, with what `work` has to say of it; tells if it went well. */
async function environment(name, work) {
  const started = performance.now();
  try {
    const said = (await work()) ?? [];
    say(`✓ ${[name, ...said, `${((performance.now() - started) / 1000).toFixed(1)} s`].join(', ')}`);
    ran += 1;
    return true;
  } catch (error) {
    if (noRegistry(error) && !process.env.CI) throw error;
    failed += 1;
    say(`✗ ${name}: ${error.message}`);
    for (const line of (error.output ?? '').split('\n').slice(-15)) if (line) say(`    ${line}`);
    return false;
  }
}

const fault = (message, output) => Object.assign(new Error(message), { output });

/** The losses of the first environment that came to the end; the others' must be the same. */
let first;

/** What the trainer said, shorter. Throws if something is missing, or the losses are not those of the other environments. */
function summary(text) {
  const losses = [...text.matchAll(/^loss, .+: (\S+) at first, (\S+) after/gm)].map(([, from, to]) => [+from, +to]);
  const golden = [...text.matchAll(/^golden .+: loss and gradient at (\S+) and (\S+) of/gm)];
  if (losses.length !== 2 || golden.length !== goldenCases.length) throw fault('The trainer did not say all', text);
  first ??= losses;
  const apart = Math.max(...losses.flat().map((loss, i) => Math.abs(loss / first.flat()[i] - 1)));
  if (!(apart <= 0.01)) throw fault(`The losses are not ${JSON.stringify(first)}, as elsewhere`, text);
  const far = Math.max(...golden.flatMap(([, loss, gradient]) => [+loss, +gradient]));
  return [
    `loss ${losses.map(([from, to]) => `${from} → ${to}`).join(' and ')}`,
    `golden within ${far} of the tolerance`,
  ];
}

/**
 * Compiles a folder without `skipLibCheck`, which hides what is wrong in types that are installed. TensorFlow.js's own do
 * not pass, whoever uses them; ours do.
 */
async function compileStrictly(compile, folder) {
  try {
    await compile('-p', folder, '--skipLibCheck', 'false');
  } catch (error) {
    const errors = (error.output ?? '').split('\n').filter((line) => /error TS/.test(line));
    const others = errors.filter((line) => !/^\S*node_modules\/@tensorflow\//.test(line));
    if (errors.length === 0 || others.length > 0) throw fault(error.message, others.join('\n') || error.output);
  }
}

async function tryManager(manager, packed, { folder: parent, run, start, unlessStopped }) {
  const folder = join(parent, manager);
  cpSync(example, folder, { recursive: true, filter: (path) => !/[\\/](node_modules|out|dist)$/.test(path) });
  // The same sources again, for CommonJS: what a .ts file becomes is said by the nearest package.json.
  const common = join(folder, 'commonjs');
  cpSync(join(folder, 'src'), join(common, 'src'), { recursive: true });
  copyFileSync(join(folder, 'tsconfig.json'), join(common, 'tsconfig.json'));
  writeFileSync(join(common, 'package.json'), JSON.stringify({ private: true, type: 'commonjs' }));
  mkdirSync(join(folder, 'public'));
  copyFileSync(fixture, join(folder, 'public/infonce.json'));

  const installed = await environment(`${manager} install`, () =>
    installPacked(manager, folder, readJson(join(example, 'package.json')), packed, run),
  );
  if (!installed) return;
  const bin = (name) => join(folder, 'node_modules/.bin', name);
  const compile = (...args) => run(bin('tsc'), args, { cwd: folder });
  for (const [modules, place, imports] of [
    ['ECMAScript modules', folder, "from '@hcsc/losses'"],
    ['CommonJS', common, 'require("@hcsc/losses")'],
  ]) {
    const compiled = await environment(
      `${manager}, ${modules}, TypeScript with moduleResolution nodenext`,
      async () => {
        await compileStrictly(compile, place);
        const text = readFileSync(join(place, 'out/train.js'), 'utf8');
        if (!text.includes(imports)) throw fault(`The compiled trainer has no ${imports}`, text);
      },
    );
    if (!compiled) continue;
    for (const backend of backends) {
      await environment(`${manager}, ${modules}, ${backend}`, async () => {
        const args = ['out/main.js', backend, join(folder, 'public/infonce.json')];
        return summary(await run(process.execPath, args, { cwd: place }));
      });
    }
  }
  await environment(`${manager}, TypeScript with moduleResolution bundler`, async () => {
    await compile('-p', 'tsconfig.page.json');
  });
  if (!chromium && !process.env.CI) return;
  const bundled = await environment(`${manager}, bundled by Vite`, async () => {
    await run(bin('vite'), ['build'], { cwd: folder });
  });
  if (!bundled) return;
  const site = await serve(join(folder, 'dist'));
  try {
    for (const backend of pageBackends) {
      await environment(`${manager}, Chromium, ${backend}`, async () => {
        if (!chromium) throw new Error(withoutChromium);
        const profile = join(folder, `profile-${backend}`);
        const page = `${site.url}?backend=${backend}`;
        return summary((await unlessStopped(pageLines(chromium, page, profile, start))).join('\n'));
      });
    }
  } finally {
    await site.close();
  }
}

await withWorkplace('packed', async (workplace) => {
  const packed = await pack(root, workplace.folder, workplace.run, ['@hcsc/losses', '@hcsc/samplers', '@hcsc/runtime']);
  const results = await Promise.allSettled(managers.map((manager) => tryManager(manager, packed, workplace)));
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) {
    if (!noRegistry(reason)) throw reason;
    say('The rest is left out: no registry can be reached');
    break;
  }
});
say(failed > 0 ? `${failed} of ${ran + failed} failed` : `${ran} passed, none failed`);
process.exitCode = failed > 0 ? 1 : 0;
