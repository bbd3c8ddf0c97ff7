const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A signal that aborts when the process is asked to end, and the exit code that says how. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** 128 and the number of the signal that came; 130 before. */
  readonly code: number;
  release(): void;
}

/** Shows the cursor again, which a progress bar hides. */
const SHOW_CURSOR = '\u001b[?25h';

/** Aborts at the first Ctrl-C, SIGTERM or closed terminal; a second one ends the process at once. */
export function interruptSignal(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let code: number = CODES.SIGINT;
  const handle = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
      process.exit(code);
    }
    code = CODES[name as keyof typeof CODES];
    controller.abort();
    onFirst();
  };
  const names = Object.keys(CODES) as (keyof typeof CODES)[];
  for (const name of names) process.on(name, handle);
  return {
    signal: controller.signal,
    get code() {
      return code;
    },
    release() {
      for (const name of names) process.off(name, handle);
    },
  };
}
