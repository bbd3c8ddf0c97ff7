const PAUSE_AFTER_MS = 12;

/**
 * Creates a function to await between pieces of long work: it lets waiting events run when 12 ms have passed since it
 * last did, and throws the signal's reason once the signal is aborted.
 */
export function createBreather(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last >= PAUSE_AFTER_MS) {
      await new Promise<void>((resolve) => setTimeout(resolve));
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
