import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { viewSheet } from '@hcsc/report';
import { type FinishedEpoch, type Logger, modelTensors, type Recipe, tensorBoard } from '@hcsc/train';
import { sampleViews, spreadIndices } from './sample-views.js';

/** How many images are shown with their views. */
const ROWS = 6;

/** A run that is written for TensorBoard. */
export interface TensorBoardRun {
  /** The recipe to train: its training images are open already. */
  readonly recipe: Recipe;
  /** Writes the figures, and at the start images with their views. */
  readonly logger: Logger;
  /** Writes the distribution of each of the encoder's weights. */
  afterEpoch(epoch: FinishedEpoch): Promise<void>;
}

/** Where a run has what TensorBoard reads. */
export const tensorBoardFolder = (folder: string): string => join(folder, 'tensorboard');

/**
 * Writes a run into `tensorboard/` of its folder: every figure of the log, images with their views at the start, and after
 * each epoch histograms of the encoder's weights. The views are drawn at once, with the current backend.
 */
export async function tensorBoardRun(recipe: Recipe, folder: string): Promise<TensorBoardRun> {
  const source = await recipe.data.train();
  const own = tensorBoardFolder(folder);
  const rows = await sampleViews(recipe, source, spreadIndices(source, Math.min(ROWS, source.length)), recipe.seed);
  const board = tensorBoard(own);
  return {
    recipe: { ...recipe, data: { ...recipe.data, train: async () => source } },
    logger: {
      ...board,
      start(run) {
        const isNew = !existsSync(own);
        board.start?.(run);
        // A run that goes on has them from its beginning, unless it was not written for TensorBoard then.
        if (isNew && rows.length > 0) board.image('views', viewSheet(rows).png, run.step);
      },
    },
    async afterEpoch({ method, step }) {
      for (const [name, weight] of Object.entries(modelTensors(method.encoder, ''))) {
        const values = (await weight.data()) as Float32Array;
        // Of a weight that is not finite there is no histogram; the next checkpoint says which one it is.
        if (values.every(Number.isFinite)) board.histogram(`encoder/${name}`, values, step - 1);
      }
    },
  };
}
