// Makes sure that there is a native TensorFlow library, fetching it once into the user's cache. Exit code 0: native
// will be used; 3: it won't, and the line printed says why.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, say } from './setup.mjs';

const wanted = process.env.HCSC_BACKEND || 'auto';
if (wanted !== 'auto' && wanted !== 'native') {
  say(`Backend: ${wanted}, as HCSC_BACKEND says; nothing to fetch`);
  process.exit(3);
}
const { findNativeLibrary, installNativeLibrary } = await import(
  pathToFileURL(join(root, 'packages/runtime/dist/index.js')).href
);
if (!(await findNativeLibrary())) {
  try {
    await installNativeLibrary({ log: say });
  } catch (error) {
    say(`Backend: wasm, because ${error.message}`);
    process.exit(wanted === 'native' ? 1 : 3);
  }
}
