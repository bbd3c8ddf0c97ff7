import { type InstallProgress, installNativeLibrary } from '@hcsc/runtime';
import { Presets, SingleBar } from 'cli-progress';
import { interruptSignal } from './interrupt.js';

export interface RuntimeInstallOptions {
  folder?: string;
  wheel?: string;
}

/** `hcsc runtime install`: gives the exit code, 130 if it was interrupted. */
export async function runtimeInstallCommand(options: RuntimeInstallOptions): Promise<number> {
  const { signal, release } = interruptSignal(() => {});
  const bar = process.stderr.isTTY ? progressBar() : undefined;
  try {
    const folder = await installNativeLibrary({ ...options, signal, ...(bar && { onProgress: bar.show }) });
    bar?.stop();
    process.stdout.write(`TensorFlow's library is in ${folder}\n`);
    return 0;
  } catch (error) {
    bar?.stop();
    if (!signal.aborted) throw error;
    process.stderr.write('Interrupted. To go on from there: hcsc runtime install\n');
    return 130;
  } finally {
    release();
  }
}

/** A bar of megabytes, then one line for unpacking. */
function progressBar(): { show(progress: InstallProgress): void; stop(): void } {
  const format = 'TensorFlow [{bar}] {value} of {total} MB  {speed}';
  const bar = new SingleBar({ format, hideCursor: true, barsize: 30, gracefulExit: false }, Presets.legacy);
  let first: { received: number; time: number } | undefined;
  return {
    show({ phase, received, total }) {
      const megabytes = Math.round(received / 1e6);
      if (phase === 'unpacking') {
        bar.stop();
        process.stderr.write('Unpacking …\n');
      } else if (first === undefined) {
        first = { received, time: performance.now() };
        bar.start(Math.round(total / 1e6), megabytes, { speed: '' });
      } else if (received === first.received) {
        // Nothing has arrived yet: pip is being asked.
        first.time = performance.now();
      } else {
        const seconds = (performance.now() - first.time) / 1000;
        const speed = seconds > 1 ? `${((received - first.received) / 1e6 / seconds).toFixed(1)} MB/s` : '';
        bar.update(megabytes, { speed });
      }
    },
    stop: () => bar.stop(),
  };
}
