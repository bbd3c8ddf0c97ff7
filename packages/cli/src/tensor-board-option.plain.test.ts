import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hcsc } from './built-command.fixture.js';

let folder: string;
let own: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-tensor-board-option-'));
  own = join(folder, 'tensorboard');
  const args = ['pretrain', 'examples/tiny.fixture.ts', '--set', 'epochs=2', '--run', folder, '--tensorboard'];
  const { code, err } = await hcsc(...args, '--quiet');
  expect({ code, err }).toMatchObject({ code: 0 });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('figures, views, weights and the embedding are there, and gone when the run is replaced', {
  timeout: 300_000,
}, async () => {
  expect(readdirSync(own).map((name) => name.replace(/\d{10}.*/, ''))).toEqual([
    'events.out.tfevents.',
    'projector',
    'projector_config.pbtxt',
  ]);
  const sprite = decode(readFileSync(join(own, 'projector/test-images/sprite-28x28.png')));
  expect([sprite.width, sprite.height]).toEqual([280, 280]);
  expect(readFileSync(join(own, 'projector/test-images/metadata.tsv'), 'utf8').trim().split('\n')).toHaveLength(100);
  if (installed) readByTensorBoard();

  const args = ['pretrain', 'examples/tiny.fixture.ts', '--set', 'epochs=1', '--run', folder, '--no-evaluate'];
  expect((await hcsc(...args, '--overwrite')).code).toBe(0);
  expect(existsSync(own)).toBe(false);
});

/** A Python that has TensorBoard. If it is named and has none, the tests fail; if none is named, they are left out. */
const python = process.env.HCSC_TENSORBOARD || 'python3';
const installed = process.env.HCSC_TENSORBOARD || spawnSync(python, ['-c', 'import tensorboard']).status === 0;

/** What TensorBoard's pages are given of the run. */
const READER = `
import json, logging, sys
logging.disable(logging.WARNING)
from google.protobuf import text_format
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.plugins.projector import projector_config_pb2
page = plugin_event_accumulator.EventAccumulator(sys.argv[1], size_guidance={'tensors': 0}).Reload()
tags = page.Tags()['tensors']
config = projector_config_pb2.ProjectorConfig()
text_format.Parse(open(sys.argv[1] + '/projector_config.pbtxt').read(), config)
print(json.dumps({
  'steps': {tag: [e.step for e in page.Tensors(tag)] for tag in tags},
  'plugins': {tag: page.SummaryMetadata(tag).plugin_data.plugin_name for tag in tags},
  'points': [[e.tensor_name, e.tensor_path, e.metadata_path, e.sprite.image_path, list(e.sprite.single_image_dim)] for e in config.embeddings],
}))`;

function readByTensorBoard(): void {
  const { stdout, stderr, status } = spawnSync(python, ['-c', READER, own], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const { steps, plugins, points } = JSON.parse(stdout);
  // 512 images in batches of 32, twice.
  expect(steps['step/loss']).toEqual(Array.from({ length: 32 }, (_, step) => step));
  expect(steps['step/state/queue']).toHaveLength(32);
  expect(steps['epoch/loss']).toEqual([15, 31]);
  expect([steps.views, plugins.views]).toEqual([[0], 'images']);
  const weights = Object.keys(steps).filter((tag) => tag.startsWith('encoder/'));
  expect(weights.length).toBeGreaterThan(10);
  for (const tag of weights) expect([tag, steps[tag], plugins[tag]]).toEqual([tag, [15, 31], 'histograms']);
  const place = (file: string) => `projector/test-images/${file}`;
  expect(points).toEqual([
    ['test-images', place('tensors.tsv'), place('metadata.tsv'), place('sprite-28x28.png'), [28, 28]],
  ]);
}
