import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programsOf } from './blocks.mjs';
import { compilePrograms } from './compile.mjs';
import { runPrograms, runTests } from './run.mjs';
import { openWorkbench } from './workbench.mjs';

/**
 * Compiles and runs every `ts` block of READMEs, and compares what it prints with the `text` block right after it. With `update` what is
 * printed is written into those blocks instead. Gives `{ programs, problems }`, how many blocks there are and what is wrong.
 */
export async function checkReadmes(root, readmes, { update = false, onDone } = {}) {
  const programs = readmes.flatMap((readme) => programsOf(root, readme));
  const { folder, remove } = openWorkbench(root);
  try {
    const problems = compilePrograms(root, folder, programs);
    if (problems.length > 0) return { programs: programs.length, problems };
    const results = await runPrograms(
      folder,
      programs.filter(({ how }) => how === 'node'),
      onDone,
    );
    if (update) for (const readme of readmes) writePrinted(root, readme, results);
    for (const { program, printed, problems: found } of results) {
      if (!update || printed === undefined || program.prints === undefined) problems.push(...found);
    }
    problems.push(
      ...(await runTests(
        root,
        folder,
        programs.filter(({ how }) => how !== 'node'),
      )),
    );
    return { programs: programs.length, problems };
  } finally {
    remove();
  }
}

/** Writes what programs have printed into the README, from its end, so that places stay what they are. */
function writePrinted(root, readme, results) {
  let text = readFileSync(join(root, readme), 'utf8');
  for (const { program, printed } of results.toReversed()) {
    if (program.readme !== readme || !program.printsAt || printed === undefined) continue;
    const { start, end } = program.printsAt;
    text = `${text.slice(0, start)}${printed.trimEnd()}\n${text.slice(end)}`;
  }
  writeFileSync(join(root, readme), text);
}
