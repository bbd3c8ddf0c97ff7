import { join, relative } from 'node:path';
import ts from 'typescript';
import { isTestCode, readPackages, sourceFiles } from './workspace.mjs';

/**
 * Type-checks the shipped code of the research packages without Node's types, so that `process`, `Buffer` and the like are
 * unknown, as they are in a browser. Returns what is wrong.
 */
export function checkBrowserTypes(root) {
  const packages = readPackages(root).filter(({ kind }) => kind === 'research');
  const files = packages
    .flatMap((one) => sourceFiles(root, one))
    .filter((file) => !isTestCode(file))
    .map((file) => join(root, file));
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  if (error) return [ts.flattenDiagnosticMessageText(error.messageText, '\n')];
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: undefined }, ts.sys, root);
  const program = ts.createProgram(files, { ...options, types: [], noEmit: true });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (!file) return text;
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${relative(root, file.fileName).replaceAll('\\', '/')}:${line + 1}: ${text}`;
  });
}
