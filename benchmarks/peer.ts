import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cpuSeconds, forgetPeakMemory, peakMemory } from './process-usage.js';

/** How a child process is started. */
export interface PeerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Not to be started if this participant runs. */
  readonly onlyWithout?: string;
}

/** What a round came to. */
export interface PeerRound {
  readonly imagesPerSecond: number;
  /** Of the last step. */
  readonly loss: number;
}

/** A child process that does rounds of work when asked to, and waits for input between them. */
export interface Peer {
  readonly version: string;
  /** Trainable numbers of its model. */
  readonly parameters: number;
  /** Does `count` steps. */
  round(count: number): Promise<PeerRound>;
  /** Processor time so far, in seconds; null where it is not known. */
  cpuSeconds(): number | null;
  /** The most memory that was resident at a time, in MiB; null where it is not known. */
  peakMemory(): number | null;
  /** Lets `peakMemory` count from now on; what is resident now, in MiB, or null where that is not known. */
  forgetPeak(): number | null;
  /** Ends it and waits for its end. */
  stop(): Promise<void>;
}

/** Starts a peer; if it does not start, the last line it said about that. */
export async function startPeer({ command, args, env }: PeerCommand): Promise<Peer | string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const problem = lastLines(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  child.stdin.on('error', () => {}); // that it has ended shows in what it does not answer
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** The next line, or null if there will be none. */
  const answer = async <T>(): Promise<T | null> => {
    const next = await Promise.race([lines.next(), ended]);
    return !next || next.done ? null : (JSON.parse(next.value) as T);
  };
  const hello = await answer<{ version: string; parameters: number }>();
  if (hello === null) {
    await ended;
    return problem() || `${command} did not start`;
  }
  return {
    ...hello,
    async round(count) {
      child.stdin.write(`${count}\n`);
      const figures = await answer<PeerRound>();
      if (figures === null) {
        await ended;
        throw new Error(`it ended in a round: ${problem() || 'without a word'}`);
      }
      return figures;
    },
    cpuSeconds: () => cpuSeconds(child.pid!),
    peakMemory: () => peakMemory(child.pid!),
    forgetPeak() {
      forgetPeakMemory(child.pid!);
      return peakMemory(child.pid!);
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** The last line that a child has written to standard error, or why it could not be started. */
function lastLines(child: ChildProcess): () => string {
  let text = '';
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4000);
  });
  child.once('error', (error) => {
    text += `\n${error.message}`;
  });
  return () => {
    const lines = text.split('\n').map((line) => line.trim());
    // Node prints an error's stack and its own version after the message.
    const message = lines.findLast((line) => /^(\w+\.?)*Error\b/.test(line)) ?? lines.findLast((line) => line !== '');
    return message?.replace(/^Error: /, '') ?? '';
  };
}
