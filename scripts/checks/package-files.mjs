import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { readJson } from './workspace.mjs';

/** What every README says, in this order. */
export const headings = [
  'What it is',
  'Install',
  'Use',
  'Options',
  'Shapes',
  'Memory',
  'Errors',
  'Deviations',
  'Cost',
  'Citation',
];

/** The headings of a Markdown text of the given depth, fenced code left out. */
function headingsOf(text, depth) {
  const prose = text.replace(/^(```|~~~).*?^\1/gms, '');
  return [...prose.matchAll(new RegExp(`^#{${depth}} +(.+?) *$`, 'gm'))].map(([, heading]) => heading);
}

function checkReadme(text, name) {
  const problems = [];
  const titles = headingsOf(text, 1);
  if (titles.join() !== name) problems.push(`its title should be "# ${name}", is "${titles.join(', ')}"`);
  const found = headingsOf(text, 2);
  if (found.join() !== headings.join()) {
    problems.push(`its headings should be ${headings.join(', ')}; are ${found.join(', ')}`);
  }
  return problems;
}

/** A barrel names what it exports and does nothing else: no `export *`, no default, no code of its own. */
function checkBarrel(text) {
  return ts.createSourceFile('index.ts', text, ts.ScriptTarget.Latest).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const named = statement.exportClause && ts.isNamedExports(statement.exportClause);
      if (!named) return ['it should name what it exports, not export *'];
      return statement.exportClause.elements
        .filter((element) => element.name.text === 'default')
        .map(() => 'it should have no default export');
    }
    const [line] = text.slice(statement.pos, statement.end).trim().split('\n');
    return [`it should only re-export by name, has: ${line}`];
  });
}

function hasChangeset(root, { path, manifest }) {
  if (existsSync(join(root, path, 'CHANGELOG.md'))) return true;
  const folder = join(root, '.changeset');
  if (!existsSync(folder)) return false;
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .some((file) => {
      const [, front = ''] = readFileSync(join(folder, file), 'utf8').split(/^---$/m);
      return new RegExp(`^['"]?${manifest.name}['"]?: (major|minor|patch)$`, 'm').test(front);
    });
}

/** Says which of the files that every package has are missing or of another shape. */
export function checkPackageFiles(workspacePackage, root) {
  const { path, manifest, kind } = workspacePackage;
  const problems = [];
  const report = (file, found) => problems.push(...found.map((problem) => `${path}/${file}: ${problem}`));
  const text = (file) => {
    if (existsSync(join(root, path, file))) return readFileSync(join(root, path, file), 'utf8');
    report(file, ['is missing']);
    return undefined;
  };

  const readme = text('README.md');
  if (readme !== undefined) report('README.md', checkReadme(readme, manifest.name));
  const barrel = text('src/index.ts');
  if (barrel !== undefined) report('src/index.ts', checkBarrel(barrel));
  const licence = text('LICENSE');
  if (licence !== undefined && licence !== readFileSync(join(root, 'LICENSE'), 'utf8')) {
    report('LICENSE', ["should be the root's"]);
  }
  text('tsup.config.ts');
  if (text('tsconfig.json') !== undefined) {
    const { extends: base, compilerOptions: { types } = {} } = readJson(join(root, path, 'tsconfig.json'));
    if (base !== '../../tsconfig.base.json') report('tsconfig.json', ['should extend ../../tsconfig.base.json']);
    if (kind === 'research' && types?.length !== 0) {
      report('tsconfig.json', ['a research package should have "types": [], so that Node is unknown to it']);
    }
  }
  if (!hasChangeset(root, workspacePackage)) {
    problems.push(`${path}: neither a CHANGELOG.md nor a .changeset/*.md names ${manifest.name}`);
  }
  return problems;
}
