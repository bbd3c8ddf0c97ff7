// npm start -- wasm: trains on a backend of Node. A second argument is a file of golden numbers to compare with.
import { readFileSync } from 'node:fs';
import { startBackend } from './backend.js';
import type { Golden } from './golden.js';
import { report } from './report.js';

async function main([backend, golden]: string[]): Promise<void> {
  await startBackend(backend);
  report(console.log, golden === undefined ? undefined : (JSON.parse(readFileSync(golden, 'utf8')) as Golden));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
