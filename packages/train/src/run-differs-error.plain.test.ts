import { expect, test } from 'vitest';
import { RunDiffersError } from './run-differs-error.js';

test('tells of each difference, lists the first, and says what to do', () => {
  const differences = Array.from({ length: 15 }, (_, i) => `settings.s${i} was 0 and is 1`);
  const error = new RunDiffersError('runs/toy', differences, 'Do this');
  expect(error.differences).toBe(differences);
  const listed = differences.slice(0, 12).map((line) => `\n  ${line}`);
  expect(error.message).toBe(
    `Cannot go on with the run in runs/toy, which another recipe began:${listed.join('')}\n  and 3 more\nDo this`,
  );
  expect(new RunDiffersError('runs/toy', differences.slice(0, 12)).message).not.toContain('more\n');
});
