import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { env } from '../setup.mjs';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** How long processes have to end by themselves, in milliseconds. */
const grace = 3000;

/**
 * Works in a temporary folder: `work({ folder, start, run, unlessStopped })`. When the work is done, fails, or is stopped by
 * a signal (Ctrl-C), every process that it started is ended, with those that these started, and the folder is removed.
 *
 * `start(command, args, options)` starts a process in a group of its own, options being those of `spawn`, and gives it;
 * `run(command, args, options)` waits for its end and gives its standard output, or throws with all it has said. What a
 * stop makes of the work is nobody's concern: `unlessStopped(promise)`, and so `run`, never settles after one.
 */
export async function withWorkplace(name, work) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `hcsc-${name}-`)));
  const children = new Set();
  let stopped;

  const start = (command, args, options = {}) => {
    const child = spawn(command, args, { cwd: folder, env, detached: true, ...options });
    children.add(child);
    const forget = () => children.delete(child);
    child.once('close', forget).once('error', forget);
    return child;
  };

  const never = new Promise(() => {});
  const unlessStopped = (promise) =>
    promise.then(
      (value) => (stopped ? never : value),
      (error) => (stopped ? never : Promise.reject(error)),
    );

  const run = (command, args, options = {}) => unlessStopped(finished(start, command, args, options));

  const cleanUp = async () => {
    await endAll(children);
    // A process that was killed may have written until now.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };

  const stop = (signal) => {
    if (!stopped) process.stderr.write('Stopping, and removing what was made\n');
    stopped ??= cleanUp().finally(() => process.exit(128 + constants.signals[signal]));
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work({ folder, start, run, unlessStopped });
  } finally {
    await (stopped ?? cleanUp());
    for (const signal of signals) process.off(signal, stop);
  }
}

/** Waits for the end of a process that `start` starts. */
function finished(start, command, args, options) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let [stdout, all] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      all += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      all += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const end = signal ? `was ended by ${signal}` : `ended with ${code}`;
      reject(Object.assign(new Error(`${[command, ...args].join(' ')} ${end}`), { output: all.trim() }));
    });
  });
}

/** Ends processes with their groups: politely, then by force. */
async function endAll(children) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (const child of children) signalGroup(child, signal);
    for (let waited = 0; children.size > 0 && waited < grace; waited += 50) await wait(50);
  }
}

function signalGroup(child, signal) {
  // It has not started.
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // It has just ended.
    if (error.code !== 'ESRCH') throw error;
  }
}
