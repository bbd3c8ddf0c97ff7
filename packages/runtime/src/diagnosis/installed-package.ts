import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Finding } from './finding.js';

/** Whether a package can be imported from here, and which version. */
export function installedPackage(name: string, from: string = import.meta.url): Finding {
  try {
    for (let folder = dirname(createRequire(from).resolve(name)); ; folder = dirname(folder)) {
      const version = versionIn(folder, name);
      if (version !== undefined) return { works: true, detail: version };
      if (folder === dirname(folder)) return { works: true, detail: 'of unknown version' };
    }
  } catch {
    return { works: false, detail: 'not installed', remedy: `npm install ${name}` };
  }
}

function versionIn(folder: string, name: string): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    return manifest.name === name ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}
