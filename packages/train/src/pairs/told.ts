import type { PairContext } from './pair-plan.js';

/** Says what goes on to those who follow. */
export interface Told {
  notice(message: string): void;
  /** Work begins; gives what tells the share of it that is done. */
  phase(work: string): (share: number) => void;
}

/** The loggers and the listener of a context. */
export function told({ loggers, onProgress }: Pick<PairContext, 'loggers' | 'onProgress'>): Told {
  return {
    notice(message) {
      for (const logger of loggers) logger.notice?.(message);
    },
    phase(work) {
      for (const logger of loggers) logger.phase?.(work);
      return (share) => onProgress?.(work, share);
    },
  };
}
