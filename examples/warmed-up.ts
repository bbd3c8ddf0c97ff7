import { cosine, type Schedule } from '@hcsc/train';

/** Epochs of warm-up in a run: at most a tenth of it, so that a short run of a long recipe trains too. */
export const warmupOf = (warmupEpochs: number, epochs: number): number => Math.min(warmupEpochs, epochs / 10);

/** A cosine after so many epochs of warm-up, or a tenth of the run if that is shorter. */
export function warmedUp(warmupEpochs: number): Schedule {
  const of = (epochs: number) => cosine({ warmupEpochs: warmupOf(warmupEpochs, epochs) });
  return {
    ...cosine({ warmupEpochs }),
    learningRate: (base, progress) => of(progress.epochs).learningRate(base, progress),
  };
}
