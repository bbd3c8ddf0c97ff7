/** How far an installation is. */
export interface InstallProgress {
  readonly phase: 'fetching' | 'unpacking';
  /** Bytes of the wheel, fetched and in all. */
  readonly received: number;
  readonly total: number;
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);

/** Tells how far an installation is: a line every fifth of the way, or on a terminal one line that is written over. */
export function progressLines(
  what: string,
  log?: (line: string) => void,
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): (progress: InstallProgress) => void {
  let fifths = -1;
  return ({ phase, received, total }) => {
    const writeOver = log === undefined && stream.isTTY === true;
    const say = log ?? ((line: string) => stream.write(`${line}\n`));
    if (phase === 'unpacking') say(`Unpacking ${what}`);
    else {
      const line = `Fetching ${what}: ${megabytes(received)} of ${megabytes(total)} MB`;
      const now = Math.floor((5 * received) / total);
      if (writeOver) stream.write(`\r${line}${received === total ? '\n' : ''}`);
      else if (now > fifths) say(line);
      fifths = Math.max(fifths, now);
    }
  };
}
