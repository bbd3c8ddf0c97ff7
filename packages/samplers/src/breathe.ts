const PAUSE_AFTER_MS = 12;

/** To be awaited between pieces of long work, with the share of it that is done. */
export type Breathe = (share: number) => Promise<void>;

/** Lets waiting events run; a timer would wait for a millisecond or more. */
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * Creates a function to await between pieces of long work: it tells `onProgress` shares that rise, lets waiting events run
 * when 12 ms have passed since it last did, and throws the signal's reason once the signal is aborted.
 */
export function createBreath(signal?: AbortSignal, onProgress?: (share: number) => void): Breathe {
  let last = performance.now();
  let told = -1;
  return async (share) => {
    signal?.throwIfAborted();
    if (share > told) {
      told = share;
      onProgress?.(share);
    }
    if (performance.now() - last >= PAUSE_AFTER_MS) {
      await turn();
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
