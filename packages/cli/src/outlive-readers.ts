/** What a write gives when nobody reads any more: a pipe whose reader has ended, a terminal that was closed. */
const GONE: readonly (string | undefined)[] = ['EPIPE', 'EIO', 'ENXIO', 'ENOTCONN', 'ECONNRESET'];

/**
 * Lets the process go on when nobody reads what it says: a run of days does not end with the `tee` or the terminal
 * behind it.
 *
 * Results that cannot be written for another reason, a full disk for example, end it with a message and exit code 1.
 */
export function outliveReaders(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (GONE.includes(code)) return;
    process.stderr.write(`hcsc: Cannot write to standard output: ${message}\n`);
    process.exit(1);
  });
}
