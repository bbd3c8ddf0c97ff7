import { basename, join } from 'node:path';

/**
 * Packs packages, with those of ours that they need, as they would be published: gives the tarballs by name,
 * `{ '@hcsc/losses': '/…/hcsc-losses-0.1.0.tgz' }`.
 */
export async function pack(root, folder, run, names) {
  const filters = names.flatMap((name) => ['--filter-prod', `${name}...`]);
  const args = ['--recursive', ...filters, 'pack', '--json', '--pack-destination', folder];
  const packed = [JSON.parse(await run('pnpm', args, { cwd: root }))].flat();
  return Object.fromEntries(packed.map(({ name, filename }) => [name, join(folder, basename(filename))]));
}
