import type { CApi } from './c-api.js';

const O_WRONLY = 1;

/** What of libc is needed to keep a library quiet. */
type Descriptors = Pick<CApi, 'setenv' | 'open' | 'dup' | 'dup2' | 'close'>;

/** Whether the level that the environment has is ours. */
let lowered = false;

/**
 * Runs something with TensorFlow's log level set to errors from then on, and with standard error closed meanwhile: while
 * TensorFlow's libraries are loaded and while it looks for devices, they say things that do not look at the log level, or
 * that are errors to it and none to anyone else (a computer without a GPU).
 *
 * With `TF_CPP_MIN_LOG_LEVEL` or `HCSC_DEBUG` in the environment nothing is held back.
 */
export function quietly<T>(c: Descriptors, run: () => T): T {
  const { TF_CPP_MIN_LOG_LEVEL, HCSC_DEBUG } = process.env;
  if (HCSC_DEBUG || (TF_CPP_MIN_LOG_LEVEL !== undefined && !lowered)) return run();
  // Not by process.env: a worker's does not reach the C environment.
  c.setenv('TF_CPP_MIN_LOG_LEVEL', '2', 1);
  lowered = true;
  const nowhere = c.open('/dev/null', O_WRONLY);
  const standardError = c.dup(2);
  try {
    if (nowhere >= 0 && standardError >= 0) c.dup2(nowhere, 2);
    return run();
  } finally {
    if (standardError >= 0) {
      c.dup2(standardError, 2);
      c.close(standardError);
    }
    if (nowhere >= 0) c.close(nowhere);
  }
}
