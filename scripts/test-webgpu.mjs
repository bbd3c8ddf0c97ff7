// npm run test:webgpu: the tests of what trains, on WebGPU in Node. A software driver will do, and takes minutes.
// Further arguments go to vitest: npm run test:webgpu -- packages/losses
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { build, install, root, run, say } from './setup.mjs';

/** What is not installed with the rest, being 150 MB that few need; `webgpu` holds the binaries of all platforms. */
const versions = { webgpu: '0.6.2', '@tensorflow/tfjs-backend-webgpu': '4.22.0' };
const folder = join(root, '.webgpu');

/** What trains and what the official code says of it. On a processor an operation takes milliseconds: not every test. */
const tests = [
  'runtime/src/gradients',
  'backbones/src/batch-norm',
  'backbones/src/projection-head',
  'losses/src/info-nce.golden',
  'losses/src/icsc.golden',
  'momentum/src/key-queue',
  'momentum/src/moco-steps.golden',
  'samplers/src/selective-instances.golden',
  'samplers/src/selective-prototypes.golden',
].map((path) => `packages/${path}`);

await install();
await build();
const missing = Object.entries(versions).filter(([name, version]) => {
  const manifest = join(folder, 'node_modules', name, 'package.json');
  return !existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).version !== version;
});
if (missing.length > 0) {
  const packages = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  say(`Fetching ${packages.join(' and ')} …`);
  // Peers are the project's own: two copies of tfjs-core would know nothing of each other.
  const options = ['--no-save', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  const code = await run('npm', ['install', '--prefix', folder, ...options, ...packages], { quiet: true });
  if (code !== 0) process.exit(code);
}

const given = process.argv.slice(2);
process.exitCode = await run('vitest', ['run', '--project', 'webgpu', ...(given.length > 0 ? given : tests)], {
  env: { HCSC_WEBGPU: folder, ...softwareDriver() },
});

/** Chromium's own Vulkan driver and loader, unless the environment names a driver; Debian's `chromium` has them. */
function softwareDriver() {
  const { VK_ICD_FILENAMES: named, LD_LIBRARY_PATH: path } = process.env;
  const driver = named ?? '/usr/lib/chromium/vk_swiftshader_icd.json';
  if (!existsSync(driver.split(delimiter)[0])) return {};
  const loader = dirname(driver.split(delimiter)[0]);
  return { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: [path, loader].filter(Boolean).join(delimiter) };
}
