import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';

/**
 * Parts of the names of the tests that tfjs-node leaves out on its own binding, from its package's `dist/run_tests.js`.
 *
 * @throws Error if the list is not where it was.
 */
export function ignoredByTfjsNode() {
  const file = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/dist/run_tests.js');
  const [, list] = /^var IGNORE_LIST = (\[.*?^\]);/ms.exec(readFileSync(file, 'utf8')) ?? [];
  if (list === undefined) throw new Error(`No IGNORE_LIST in ${file}`);
  return [...runInNewContext(list)];
}
