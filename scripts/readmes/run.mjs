import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileOf, vitestCommand } from './workbench.mjs';

const execute = promisify(execFile);
const timeout = 120_000;

/** The last lines of what a program said. */
const last = (text, lines = 20) => text.trimEnd().split('\n').slice(-lines);

/** Runs one program in an empty folder: `{ program, printed, problems }`. */
async function runProgram(folder, program) {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  const at = `${program.readme}:${program.line}`;
  const file = join(folder, fileOf(program).replace(/\.ts$/, '.js'));
  const env = { ...process.env, NO_COLOR: '1', HCSC_BACKEND: '' };
  delete env.FORCE_COLOR;
  try {
    const { stdout } = await execute(process.execPath, [file], { cwd, env, timeout, maxBuffer: 1 << 26 });
    const problems = program.prints === undefined ? [] : differences(at, program.prints, stdout);
    return { program, printed: stdout, problems };
  } catch (error) {
    const why = error.killed ? `takes more than ${timeout / 1000} s` : 'fails';
    const said = last(`${error.stdout ?? ''}${error.stderr ?? error.message}`);
    return { program, printed: undefined, problems: [`${at}: ${why}`, ...said.map((line) => `  ${line}`)] };
  }
}

function differences(at, expected, printed) {
  if (expected.trimEnd() === printed.trimEnd()) return [];
  return [
    `${at}: prints something else than the README says`,
    ...expected
      .trimEnd()
      .split('\n')
      .map((line) => `  - ${line}`),
    ...printed
      .trimEnd()
      .split('\n')
      .map((line) => `  + ${line}`),
  ];
}

/** Runs the programs that node runs, a few at a time; gives their results in their order. */
export async function runPrograms(folder, programs, onDone = () => {}) {
  const results = [];
  const next = programs.entries();
  const lane = async () => {
    for (const [i, program] of next) {
      results[i] = await runProgram(folder, program);
      onDone(results[i]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, lane));
  return results;
}

/** Runs the programs that are tests with vitest, a README after the other, with its set-up if it has one. Says what fails. */
export async function runTests(root, folder, programs) {
  const problems = [];
  for (const readme of new Set(programs.map((program) => program.readme))) {
    const own = programs.filter((program) => program.readme === readme);
    const filesOf = (how) => own.filter((program) => program.how === how).map(fileOf);
    for (const { line, prints, how } of own) {
      if (prints !== undefined)
        problems.push(
          `${readme}:${line}: ${how === 'vitest' ? 'tests print' : 'a set-up prints'} nothing: call what follows txt`,
        );
    }
    if (filesOf('vitest').length === 0) continue;
    const test = {
      include: filesOf('vitest'),
      setupFiles: filesOf('setup').map((file) => join(folder, file)),
      testTimeout: timeout,
    };
    writeFileSync(join(folder, 'vitest.config.js'), `export default ${JSON.stringify({ test })};\n`);
    try {
      await execute(process.execPath, [vitestCommand(root), 'run', '--root', folder], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1' },
      });
    } catch (error) {
      problems.push(
        `${readme}: its tests fail`,
        ...last(`${error.stdout}${error.stderr}`, 40).map((line) => `  ${line}`),
      );
    }
  }
  return problems;
}
