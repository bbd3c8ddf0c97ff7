import { duration, type Logger, type ProgressOptions, progressLog } from '@hcsc/train';
import { Presets, SingleBar } from 'cli-progress';

/** What follows the search for pairs. */
export interface PairsProgress {
  /** For the training of an encoder, and notices. */
  readonly logger: Logger;
  /** For embedding and mining. */
  onProgress(work: string, share: number): void;
  /** Ends the line at work. */
  close(): Promise<void>;
}

/** Seconds between two lines of a piece of work. */
const QUIET = 30;
/** Seconds of work whose end goes without saying. */
const SHORT = 2;

/** A piece of work, begun. */
interface Piece {
  readonly work: string;
  to(share: number): void;
  end(): void;
}

function linePiece(work: string, stream: NodeJS.WriteStream): Piece {
  const started = performance.now();
  let said = started;
  let done = 0;
  stream.write(`${work} …\n`);
  return {
    work,
    to(share) {
      done = share;
      const now = performance.now();
      if (share >= 1 || now - said < QUIET * 1000) return;
      said = now;
      const left = share > 0 ? `, ${duration(((now - started) / 1000 / share) * (1 - share))} left` : '';
      stream.write(`${work}: ${Math.floor(100 * share)} %${left}\n`);
    },
    end() {
      const seconds = (performance.now() - started) / 1000;
      if (done >= 1 && seconds >= SHORT) stream.write(`${work}: done in ${duration(seconds)}\n`);
    },
  };
}

function barPiece(work: string, stream: NodeJS.WriteStream): Piece {
  const started = performance.now();
  const format = `${work} [{bar}] {percentage} %  {left}`;
  const bar = new SingleBar(
    { ...{ stream, format, hideCursor: true, barsize: 30, linewrap: false, gracefulExit: false } },
    Presets.legacy,
  );
  bar.start(100, 0, { left: '' });
  return {
    work,
    to(share) {
      const seconds = (performance.now() - started) / 1000;
      const left =
        share >= 1
          ? `done in ${duration(seconds)}`
          : share > 0
            ? `${duration((seconds / share) * (1 - share))} left`
            : '';
      bar.update(Math.floor(100 * share), { left });
    },
    end: () => bar.stop(),
  };
}

/** Shows how far the search for pairs is: the training of an encoder as any run, other work as a bar or as plain lines. */
export function pairsProgress({
  stream = process.stderr,
  bar = stream.isTTY === true,
}: ProgressOptions = {}): PairsProgress {
  let training: Logger | null = null;
  let piece: Piece | null = null;
  const endPiece = () => {
    piece?.end();
    piece = null;
  };
  const endTraining = async () => {
    const ended = training;
    training = null;
    await ended?.close();
  };
  return {
    logger: {
      start(run) {
        endPiece();
        void endTraining();
        training = progressLog({ stream, bar });
        training.start?.(run);
      },
      phase: (name) => training?.phase?.(name),
      notice(message) {
        if (training) training.notice?.(message);
        else stream.write(`${bar && piece ? '\r\u001b[K' : ''}${message}\n`);
      },
      log: (record) => training?.log(record),
      close: endTraining,
    },
    onProgress(work, share) {
      void endTraining();
      if (piece?.work !== work) {
        endPiece();
        piece = bar ? barPiece(work, stream) : linePiece(work, stream);
      }
      piece.to(share);
      if (share >= 1) endPiece();
    },
    async close() {
      endPiece();
      await endTraining();
    },
  };
}
