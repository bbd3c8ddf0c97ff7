import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { importedPackages } from './blocks.mjs';
import { fileOf } from './workbench.mjs';

const options = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  types: ['node'],
};

/** Libraries that do not change while we run; reading them takes longest. */
const parsed = new Map();

function compilerHost() {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => {
    if (!/\/node_modules\/(typescript|@types\/node)\//.test(file)) return read(file, ...rest);
    if (!parsed.has(file)) parsed.set(file, read(file, ...rest));
    return parsed.get(file);
  };
  return host;
}

const sentence = ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ');

/**
 * Writes all programs into the workbench, compiles them in one go as strictly as a user may, against the types that our packages
 * ship, and says what is wrong in them, in those types, and with what they import but do not say to install.
 */
export function compilePrograms(root, folder, programs) {
  const problems = [];
  const files = new Map();
  for (const program of programs) {
    const file = join(folder, fileOf(program));
    writeFileSync(file, program.code);
    files.set(file, program);
    for (const name of importedPackages(program.code)) {
      if (name.startsWith('.'))
        problems.push(`${program.readme}:${program.line}: imports ${name}; a block stands alone`);
      else if (!name.startsWith('node:') && !program.installs.includes(name)) {
        problems.push(`${program.readme}:${program.line}: imports ${name}, which Install does not install`);
      }
    }
  }
  const compiled = ts.createProgram([...files.keys()], options, compilerHost());
  for (const file of compiled.getSourceFiles()) {
    const program = files.get(file.fileName);
    const ours = program || (file.fileName.startsWith(join(root, 'packages')) && file.fileName.includes('/dist/'));
    if (!ours) continue;
    for (const found of [...compiled.getSyntacticDiagnostics(file), ...compiled.getSemanticDiagnostics(file)]) {
      const { line } = file.getLineAndCharacterOfPosition(found.start ?? 0);
      const at = program ? `${program.readme}:${program.line + line}` : `${relative(root, file.fileName)}:${line + 1}`;
      problems.push(`${at}: ${sentence(found)}`);
    }
  }
  problems.push(...compiled.getGlobalDiagnostics().map(sentence));
  compiled.emit();
  return problems;
}
