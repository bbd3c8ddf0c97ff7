import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';
import type { PretrainOptions } from './pretrain.js';
import type { Recipe } from './recipe.js';
import { toyRecipe, trainToy } from './toy-recipe.fixture.js';

/** A run folder of each test's own, made before it and taken away after it; no tensor may be left then. */
export let folder: string;

let tensors: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-toy-'));
  tensors = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(tensors);
  rmSync(folder, { recursive: true });
});

/** Trains the toy, or another recipe, into the folder. */
export const train = (options: Partial<PretrainOptions> = {}, recipe: Recipe = toyRecipe) =>
  trainToy(folder, options, recipe);

/** The names of the run's checkpoints. */
export const checkpoints = () => readdirSync(join(folder, 'checkpoints')).sort();
