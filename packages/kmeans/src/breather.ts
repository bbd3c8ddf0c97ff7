const PAUSE_AFTER_MS = 12;

/** To be awaited between pieces of long work; told the share of it that is done, from 0 to 1, where that is known. */
export type Breathe = (share?: number) => Promise<void>;

/** Lets waiting events run. A timer would wait for a millisecond or more. */
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
 * Creates a function to await between pieces of long work: it passes the share that is done on to `onShare`, lets
 * waiting events run when 12 ms have passed since it last did, and throws the signal's reason once the signal is aborted.
 */
export function createBreather(signal?: AbortSignal, onShare?: (share: number) => void): Breathe {
  let last = performance.now();
  return async (share) => {
    if (share !== undefined) onShare?.(share);
    if (performance.now() - last >= PAUSE_AFTER_MS) {
      await turn();
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
