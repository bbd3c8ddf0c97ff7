import { compareWithFile } from './held-text.mjs';

export const TARBALLS = 'scripts/checks/tarballs.txt';

/** `chunk-7WZT6MEF.js` → `chunk-*.js`: parts of a build are named after what is in them. */
const withoutHash = (file) => file.replace(/-[A-Z0-9]{8}(?=\.)/, '-*');

/**
 * The files of packages as `packPackages` gives them, as a text: parts of a build that differ only in their hash are one line,
 * and the changelog, which the first release writes, is left out.
 */
function tarballList(packed) {
  const sections = packed.map(({ manifest, files }) => [
    manifest.name,
    ...[...new Set(files.filter((file) => file !== 'CHANGELOG.md').map(withoutHash))].sort().map((file) => `  ${file}`),
  ]);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Says where the files that would be published are not those that were reviewed. */
export function checkTarballs(root, packed, { update = false } = {}) {
  return compareWithFile(root, TARBALLS, tarballList(packed), update);
}
