// What `npm start`, `npm test` and the others need before they can do their work. Plain Node: nothing is installed yet.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const marker = join(root, 'node_modules', '.installed');

export const say = (line) => process.stdout.write(`${line}\n`);

/** The environment of everything we start: the project's own commands first, no telemetry. */
export const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

/**
 * Runs a command; with `quiet` its output is shown only if it fails. Ctrl-C reaches the child by itself: we wait for
 * its end, so that it can put its files in order.
 */
export function run(command, args, { quiet = false, env: more = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...env, ...more },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: process.platform === 'win32',
    });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const ignore = () => {};
    process.on('SIGINT', ignore);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      if (code !== 0 && quiet) process.stderr.write(output);
      resolve(signal ? 130 : (code ?? 1));
    });
  });
}

/** Runs a step of the set-up, saying what it is; ends the process if it fails. */
async function step(line, command, args, options) {
  say(line);
  const started = Date.now();
  const code = await run(command, args, { quiet: true, ...options });
  if (code !== 0) {
    process.stderr.write(`Failed: ${line}\n`);
    process.exit(code);
  }
  const seconds = (Date.now() - started) / 1000;
  if (seconds > 2) say(`  done in ${seconds.toFixed(0)} s`);
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
}

/** Installs what the lock file names; nothing, and no network, if that is what is installed. */
export async function install() {
  const wanted = lockHash();
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await step(`Installing packages with ${packageManager} …`, 'npx', [
    '--yes',
    packageManager,
    'install',
    '--frozen-lockfile',
  ]);
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(marker, wanted);
}

/** Builds every package that has changed. */
export async function build() {
  await step('Building the packages (only what has changed) …', 'turbo', ['run', 'build', '--output-logs=errors-only']);
}

/** Fetches the native TensorFlow library once, unless one is there or HCSC_BACKEND names another; tells if there is one. */
export async function fetchRuntime() {
  const code = await run(process.execPath, ['scripts/fetch-runtime.mjs']);
  if (code !== 0 && code !== 3) process.exit(code);
  return code === 0;
}
