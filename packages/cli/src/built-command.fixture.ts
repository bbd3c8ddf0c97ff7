import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const bin = join(root, 'packages/cli/dist/bin.js');

/** What to spawn for the built command, as its user has it, on wasm unless told otherwise; paths are from the root of the workspace. */
export function command(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  if (!existsSync(bin)) throw new Error('The command is not built: run npm run build first');
  const options = { cwd: root, env: { ...process.env, HCSC_BACKEND: 'wasm', ...env } };
  return { file: process.execPath, args: [bin, ...args], options };
}

/** Runs the built command. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { file, args: all, options } = command(args, env);
  return spawn(file, all, options);
}

/** Waits for the end of a command: its exit code, and what it said. */
export async function finish(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const text = { out: '', err: '' };
  child.stdout!.on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    text.err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { code, ...text };
}

export const hcsc = (...args: string[]) => finish(start(args));
