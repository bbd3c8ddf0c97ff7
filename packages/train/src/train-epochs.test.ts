import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pretrain } from './pretrain.js';
import { toyRecipe } from './toy-recipe.fixture.js';

test('what the system has to say, a signal for example, is heard after each step', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-train-epochs-'));
  const controller = new AbortController();
  const logger = {
    log() {
      setImmediate(() => controller.abort());
    },
    async close() {},
  };
  try {
    const run = await pretrain(toyRecipe, { folder, loggers: [logger], signal: controller.signal });
    run.method.dispose();
    expect(run).toMatchObject({ interrupted: true, steps: 1 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
