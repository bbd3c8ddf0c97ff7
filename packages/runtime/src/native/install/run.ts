import { spawn } from 'node:child_process';

/** Runs a program to its end and gives what it printed; its last lines of error output are the error's message. */
export function run(
  program: string,
  args: readonly string[],
  { signal, env }: { signal?: AbortSignal; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { signal, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text;
    });
    child.stderr.on('data', (text: Buffer) => {
      errors = (errors + text).slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve(output);
      else
        reject(new Error(errors.trim().split('\n').slice(-3).join(' ') || `${program} ended with ${code ?? killedBy}`));
    });
  });
}
