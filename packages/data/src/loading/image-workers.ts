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

const started = new Map<number, ImageWorkers & { readonly pool: Piscina<RenderTask, RenderResult | Error> }>();

/** As many threads as the machine runs at a time. */
export const defaultWorkers = (): number => availableParallelism();

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
  const known = started.get(count);
  if (known) return known;
  const pool = new Piscina<RenderTask, RenderResult | Error>({
    filename: packageFile('dist/render-worker.js').href,
    minThreads: 0,
    maxThreads: count,
    idleTimeout: IDLE,
    execArgv: [],
    recordTiming: false,
  });
  // A thread that cannot even start takes no task, and Piscina starts no other: who waits would wait for ever.
  const broken = new Promise<never>((_, reject) => {
    pool.once('error', (error: Error) => {
      if (started.get(count) === workers) started.delete(count);
      reject(new Error('Cannot start a worker that decodes images', { cause: error }));
    });
  });
  broken.catch(() => {}); // heard by those who wait
  const attempt = async (task: RenderTask) => {
    for (let tries = 1; ; tries++) {
      let answer: RenderResult | Error;
      try {
        answer = await Promise.race([pool.run(task), broken]);
      } catch (error) {
        if (tries < ATTEMPTS && started.get(count) === workers) continue;
        throw new Error(`${tries} workers ended at the same images`, { cause: error });
      }
      if (answer instanceof Error) throw answer;
      return answer;
    }
  };
  const workers = {
    count,
    pool,
    async render(task: RenderTask) {
      // Piscina's threads do not keep the process alive until they have started, even if a task waits for them.
      const alive = setInterval(() => {}, 2 ** 30);
      try {
        return await attempt(task);
      } finally {
        clearInterval(alive);
      }
    },
  };
  started.set(count, workers);
  return workers;
}

/** Ends all threads; what they have not done fails. They start again when they are needed. */
export async function stopImageWorkers(): Promise<void> {
  const pools = [...started.values()];
  started.clear();
  await Promise.all(pools.map(({ pool }) => pool.destroy()));
}
