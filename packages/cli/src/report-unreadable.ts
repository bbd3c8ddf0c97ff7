import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { writeFileAtomically } from '@hcsc/weights';

/** The file in a run folder that lists what could not be read. */
export const UNREADABLE = 'unreadable.txt';

const LISTED = 10;

/** Says how many images of each source were left out since they could not be read; all are written down if there is a folder. */
export async function reportUnreadable(
  sources: readonly ImageSource[],
  folder: string | null,
  say: (line: string) => void,
): Promise<void> {
  const all: string[] = [];
  for (const { name, length, unreadable = [] } of new Set(sources)) {
    if (unreadable.length === 0) continue;
    const lines = unreadable.map((image) => `${image.name}: ${image.reason.trim()}`);
    all.push(...lines);
    say(`${lines.length} of ${length} images of ${name} could not be read, others of their class took their places:`);
    for (const line of lines.slice(0, LISTED)) say(`  ${line}`);
    if (lines.length > LISTED) say(`  and ${lines.length - LISTED} more`);
  }
  if (folder === null || all.length === 0) return;
  const path = join(folder, UNREADABLE);
  await writeFileAtomically(path, `${all.join('\n')}\n`);
  say(`All are listed in ${path}`);
}
