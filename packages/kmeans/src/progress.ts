/** How far a call has come, in pieces of known size. */
export interface Progress {
  /** The piece from `done` to `done + size` of the total begins; what lies before it counts as done. */
  enter(done: number, size: number): void;
  /** So much of the piece is done, from 0 to 1. */
  within(share: number): void;
  /** Everything is done. */
  finish(): void;
}

/**
 * Turns the progress of pieces into that of the whole: `onProgress` is told rising shares from 0 to 1, each once, and 1
 * only at the end. What it throws is passed on.
 */
export function createProgress(total: number, onProgress?: (share: number) => void): Progress {
  let piece = { done: 0, size: 0 };
  let last = -1;
  const tell = (share: number) => {
    if (share <= last) return;
    last = share;
    onProgress?.(share);
  };
  const within = (share: number) => {
    const reached = (piece.done + piece.size * share) / total;
    if (reached < 1) tell(reached);
  };
  return {
    enter(done, size) {
      piece = { done, size };
      within(0);
    },
    within,
    finish: () => tell(1),
  };
}
