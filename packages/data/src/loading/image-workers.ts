import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { packageFile } from '../package-file.js';
import type { RenderResult, RenderTask } from './render-task.js';

/** Threads that decode images and make views of them. */
export interface ImageWorkers {
  readonly count: number;
  /** Runs a task in a free thread; if that ends meanwhile, in another. */
  render(task: RenderTask): Promise<RenderResult>;
}

/** How often a task may lose its thread before it is held responsible. */
const ATTEMPTS = 3;

/** A thread that has nothing to do goes after so many milliseconds. */
const IDLE = 10_000;

/** As many threads as the machine runs at a time. */
const defaultWorkers = (): number => availableParallelism();

/**
 * The threads of this process, which are shared by all who ask for the same number; they start when they are needed and
 * do not keep the process from ending.
 *
 * @throws RangeError unless `count` is an integer of at least 1.
 */
export function imageWorkers(count = defaultWorkers()): ImageWorkers {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot work with ${count} workers: give an integer of at least 1`);
  }
  return {
    count,
    async render(task) {
      // Piscina's threads do not keep the process alive until they have started, even if a task waits for them.
      const alive = setInterval(() => {}, 2 ** 30);
      try {
        return await attempt(count, task);
      } finally {
        clearInterval(alive);
      }
    },
  };
}

/** Ends all threads; what they have not done fails. They start again when they are needed. */
export async function stopImageWorkers(): Promise<void> {
  const stopped = new Error('Cannot go on with images that workers were at: stopImageWorkers() has ended them');
  await Promise.all([...pools.values()].map((pool) => pool.end(stopped)));
}

async function attempt(count: number, task: RenderTask): Promise<RenderResult> {
  for (let tries = 1; ; tries++) {
    const pool = poolOf(count);
    let answer: RenderResult | Error;
    try {
      answer = await pool.run(task);
    } catch (error) {
      await pool.ended; // no thread writes to the task's output any more
      if (pool.reason) throw pool.reason;
      if (tries < ATTEMPTS) continue;
      throw new Error(`Cannot make views: ${tries} workers ended at the same images`, { cause: error });
    }
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

interface Pool {
  /** Why those who wait get nothing, if that is so. */
  readonly reason: Error | undefined;
  /** Resolves when all threads have ended, if they were told to. */
  readonly ended: Promise<void> | undefined;
  /** What a thread answers; rejects if it ends before. */
  run(task: RenderTask): Promise<RenderResult | Error>;
  /** Ends all threads; there is a new pool for the next task. */
  end(reason?: Error): Promise<void>;
}

const pools = new Map<number, Pool>();

function poolOf(count: number): Pool {
  const known = pools.get(count);
  if (known) return known;
  const threads = new Piscina<RenderTask, RenderResult | Error>({
    filename: packageFile('dist/render-worker.js').href,
    name: 'answer',
    minThreads: 0,
    maxThreads: count,
    idleTimeout: IDLE,
    execArgv: [],
    recordTiming: false,
  });
  let reason: Error | undefined;
  let ended: Promise<void> | undefined;
  const waiting = new Set<(error: Error) => void>();
  const pool: Pool = {
    get reason() {
      return reason;
    },
    get ended() {
      return ended;
    },
    run: (task) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        threads
          .run(task)
          .then(resolve, reject)
          .finally(() => waiting.delete(reject));
      }),
    end(why) {
      if (pools.get(count) === pool) pools.delete(count);
      reason ??= why;
      ended ??= threads.destroy();
      for (const reject of waiting) reject(reason ?? new Error('All threads ended before it began'));
      return ended;
    },
  };
  // A thread that cannot even start takes no task, and Piscina starts no other: who waits would wait for ever.
  threads.on('error', (cause: Error) => {
    void pool.end(new Error('Cannot start a worker that decodes images', { cause }));
  });
  // Nor does it when the last thread ends and tasks wait that it had not begun: they go on in a new pool. Those that lost
  // the thread have asked for another by then.
  const moveOn = () => {
    if (threads.queueSize > 0 && threads.threads.length === 0) void pool.end();
  };
  threads.on('workerDestroy', () => setImmediate(moveOn));
  pools.set(count, pool);
  return pool;
}
