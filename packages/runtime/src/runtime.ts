import { getGradient } from '@tensorflow/tfjs-core';
import { startCpu } from './cpu/start-cpu.js';
import type { GpuOptions, ThreadOptions } from './native/config-proto.js';
import type { LibrarySource } from './native/find/candidates.js';
import { startNative } from './native/start-native.js';
import { startWasm } from './wasm/start-wasm.js';
import { startWebgpu } from './webgpu/start-webgpu.js';

/**
 * The backends `startRuntime` can be asked for; `'auto'` takes the first that works of native, webgpu, wasm, cpu, and
 * webgpu only on a real graphics processor.
 */
export type BackendChoice = 'auto' | 'native' | 'webgpu' | 'wasm' | 'cpu';

/** Options of {@link startRuntime}. */
export interface RuntimeOptions {
  /** What to run on; the environment variable `HCSC_BACKEND` has the last word. Default `'auto'`. */
  backend?: BackendChoice;
  /**
   * Threads of the native backend: a number for both, or apart, those within an operation and those between operations.
   * Default: as many as there are cores.
   */
  threads?: number | ThreadOptions;
  /** How the native backend uses GPUs, if it finds any. */
  gpu?: GpuOptions;
  /** Gets the one line that says what was taken and why. Default: standard error. */
  log?: (line: string) => void;
  /** Fetch the native library if none is found (once, 274 MB, see `installNativeLibrary`). Default false. */
  download?: boolean;
  /** The folder that holds the native library, instead of looking for it. */
  libraryPath?: string;
}

/** What a running backend is made of, as far as it has it. */
export interface RuntimeInfo {
  /** TensorFlow's version, on native. */
  readonly tensorflow?: string;
  /** The folder the native library was loaded from. */
  readonly library?: string;
  /** How the native library was found: at a path, in a Python, in the user's cache, or in a tfjs-node. */
  readonly source?: LibrarySource;
  /** TensorFlow's devices, on native; the graphics adapter, on webgpu. */
  readonly devices?: readonly string[];
  /** Whether there is a GPU to run on, on native and webgpu. */
  readonly gpu?: boolean;
  /** The threads an operation may use. */
  readonly threads?: number;
  /** How many operations may run at the same time, on native. */
  readonly interOpThreads?: number;
}

/** A running backend; see {@link startRuntime}. */
export interface Runtime {
  readonly backend: 'native' | 'webgpu' | 'wasm' | 'cpu';
  /** One line: what was taken and why. */
  readonly reason: string;
  readonly info: RuntimeInfo;
  /** Undoes the overrides and removes the backend with all its tensors; a second call does nothing. */
  stop(): void;
}

/** What a starter hands back: the description, the figures, and the way back. */
export interface Started {
  readonly what: string;
  readonly info: RuntimeInfo;
  readonly undo: () => void;
}

type Backend = Runtime['backend'];

const starters: Record<Backend, (options: RuntimeOptions, choice: BackendChoice) => Promise<Started>> = {
  native: startNative,
  webgpu: (_, choice) => startWebgpu({ software: choice === 'webgpu' }),
  wasm: startWasm,
  cpu: startCpu,
};

/** The one backend that runs: tfjs's current backend and its overrides belong to the whole process. */
let running: { backend: Backend; reason: string; started: Started; holders: number } | undefined;

/**
 * Makes the best backend there is tfjs's current one, ready to train, and says in one line what it took and why.
 *
 * Asked again while a backend runs, for the same backend or for `'auto'`, it hands out the one that runs; the last
 * `stop()` stops it.
 *
 * @throws RangeError for an unknown backend, in `backend` or in `HCSC_BACKEND`, or for `threads` or `gpu` out of range.
 * @throws Error if the backend asked for cannot run here, with what would mend it, or if another one is running.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-layers';
 * import { startRuntime } from '@hcsc/runtime';
 * const runtime = await startRuntime();
 * // ... train ...
 * runtime.stop();
 * ```
 */
export function startRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const runtime = lastStart.then(() => start(options));
  lastStart = runtime.catch(() => undefined);
  return runtime;
}

/** Starts come one after the other: the second finds the backend of the first running. */
let lastStart: Promise<unknown> = Promise.resolve();

async function start(options: RuntimeOptions): Promise<Runtime> {
  const { log = (line) => console.error(line) } = options;
  const choice = backendChoice(options);
  checkOptions(options);
  if (running !== undefined) {
    if (choice !== 'auto' && choice !== running.backend) {
      throw new Error(`Cannot start ${choice} while ${running.backend} is running: stop() that runtime first`);
    }
    return handle();
  }
  await loadGradients();
  const missing: string[] = [];
  for (const backend of choice === 'auto' ? (['native', 'webgpu', 'wasm', 'cpu'] as const) : [choice]) {
    try {
      const started = await starters[backend](options, choice);
      const because = missing.length > 0 ? `, because ${missing.join('; ')}` : '';
      running = { backend, reason: `${backend}: ${started.what}${because}`, started, holders: 0 };
      log(running.reason);
      return handle();
    } catch (error) {
      if (choice !== 'auto') throw error;
      missing.push((error as Error).message);
    }
  }
  throw new Error(`No backend can run here: ${missing.join('; ')}`);
}

function checkOptions({ threads, gpu = {} }: RuntimeOptions): void {
  const counts = typeof threads === 'object' ? Object.entries(threads) : [['', threads] as const];
  for (const [pool, count] of counts) {
    if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= 1024)) continue;
    throw new RangeError(`${pool ? `threads.${pool}` : 'threads'} must be a whole number from 1 to 1024, got ${count}`);
  }
  const { visible, memoryFraction } = gpu;
  if (typeof visible === 'string' && !/^\d+(,\d+)*$/.test(visible)) {
    throw new RangeError(`gpu.visible must be true, false, or numbers such as '0,2', got '${visible}'`);
  }
  if (memoryFraction !== undefined && !(memoryFraction > 0 && memoryFraction <= 1)) {
    throw new RangeError(`gpu.memoryFraction must be above 0 and at most 1, got ${memoryFraction}`);
  }
}

function handle(): Runtime {
  const mine = running!;
  mine.holders++;
  let stopped = false;
  return {
    backend: mine.backend,
    reason: mine.reason,
    info: mine.started.info,
    stop: () => {
      if (stopped) return;
      stopped = true;
      if (--mine.holders > 0) return;
      running = undefined;
      mine.started.undo();
    },
  };
}

function backendChoice(options: RuntimeOptions): BackendChoice {
  const choices: readonly string[] = ['auto', 'native', 'webgpu', 'wasm', 'cpu'];
  const fromEnvironment = process.env.HCSC_BACKEND;
  const choice = fromEnvironment || (options.backend ?? 'auto');
  if (!choices.includes(choice)) {
    const where = fromEnvironment ? 'HCSC_BACKEND' : 'backend';
    throw new RangeError(`${where} must be one of ${choices.join(', ')}, got '${choice}'`);
  }
  return choice as BackendChoice;
}

/** Gradients come with tfjs-layers; overrides need them to be there first. Without tfjs-layers one can still infer. */
async function loadGradients(): Promise<void> {
  if (getGradient('Conv2D') !== undefined) return;
  try {
    await import('@tensorflow/tfjs-layers');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  }
}
