import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A peer program that does rounds of work when asked to, and says how fast it was. */
export interface Peer {
  readonly version: string;
  /** Does `count` steps and gives its images per second. */
  round(count: number): Promise<number>;
  stop(): void;
}

/** Starts `peers/<script>`; null if Python or what it imports is not installed. */
export async function startPeer(script: string, args: readonly (number | string)[]): Promise<Peer | null> {
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const child = spawn(process.env.HCSC_PYTHON ?? 'python3', [path, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = once(child, 'error').then(() => ({ done: true as const, value: undefined }));
  const first = await Promise.race([lines.next(), failed]);
  if (first.done) return null;
  return {
    version: first.value,
    async round(count) {
      child.stdin.write(`${count}\n`);
      const { done, value } = await lines.next();
      if (done) throw new Error(`${script} ended before its round did`);
      return Number(value);
    },
    stop: () => child.stdin.end(),
  };
}
