import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { compareWithFile } from './held-text.mjs';
import { builtPackages, readJson, readPackages } from './workspace.mjs';

const cache = 'node_modules/.cache/hcsc-api';

/** `.` → `api.md`, `./plain` → `api-plain.md`: where the report of a package's entry is kept, in the package's folder. */
const reportName = (entry) => (entry === '.' ? 'api.md' : `api-${entry.slice(2).replaceAll('/', '-')}.md`);

/** The entries of a package that have types, with the file of their types. */
const typedEntries = ({ exports }) =>
  Object.entries(exports).flatMap(([entry, { types }]) => (types ? [[entry, types]] : []));

/** All that a report depends on: the package's types, those of our packages that it needs, and what makes the report. */
function fingerprint(root, one, entry) {
  const packages = new Map(readPackages(root).map((other) => [other.manifest.name, other]));
  const hash = createHash('sha256');
  hash
    .update(entry)
    .update(Extractor.version)
    .update(readFileSync(new URL(import.meta.url)));
  const needed = new Set([one.manifest.name]);
  for (const name of needed) {
    const { path, manifest } = packages.get(name);
    for (const other of Object.keys(manifest.dependencies ?? {})) if (packages.has(other)) needed.add(other);
    hash.update(readFileSync(join(root, path, 'package.json')));
    const dist = join(root, path, 'dist');
    const types = existsSync(dist) ? readdirSync(dist).filter((file) => file.endsWith('.d.ts')) : [];
    for (const file of types.sort()) hash.update(file).update(readFileSync(join(dist, file)));
  }
  return hash.digest('hex');
}

/** The report of one entry, as API Extractor makes it, without what it says about itself. */
function makeReport(root, { path, manifest, kind }, entry, types) {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-api-'));
  const wrong = [];
  try {
    const off = { logLevel: 'none' };
    const config = ExtractorConfig.prepare({
      configObject: {
        projectFolder: join(root, path),
        mainEntryPointFilePath: join(root, path, types),
        newlineKind: 'lf',
        apiReport: { enabled: true, reportFileName: 'report.api.md', reportFolder: folder, reportTempFolder: folder },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        compiler: {
          overrideTsconfig: {
            extends: '../../tsconfig.base.json',
            compilerOptions: { types: kind === 'research' ? [] : ['node'] },
            files: [types],
          },
        },
        messages: {
          compilerMessageReporting: { default: { logLevel: 'error' } },
          extractorMessageReporting: {
            default: off,
            'ae-forgotten-export': { logLevel: 'error' },
          },
          tsdocMessageReporting: { default: off },
        },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, path, 'package.json'),
    });
    Extractor.invoke(config, {
      localBuild: true,
      messageCallback: (message) => {
        message.handled = true;
        if (message.logLevel === 'error') wrong.push(`${types}:${message.sourceFileLine}: ${message.text}`);
      },
    });
    const [, code] = /```ts\n([\s\S]*?)\n```/.exec(readFileSync(join(folder, 'report.api.md'), 'utf8'));
    const undocumented = code.matchAll(/^\/\/ @public \(undocumented\)\n(?:export )?(.+?)(?: \{)?$/gm);
    wrong.push(...[...undocumented].map(([, what]) => `has no sentence about ${what}`));
    if (wrong.length > 0) return { wrong };
    const name = entry === '.' ? manifest.name : `${manifest.name}${entry.slice(1)}`;
    const about = 'What it exports, made by `npm run api` and reviewed with each change; `npm run check` compares it.';
    // All that is exported is public; the rest of these comments says what is documented.
    const lines = code.replace(/^ *\/\/ (@public|\(undocumented\)|\(No @packageDocumentation.*\))\n?/gm, '').trim();
    return { report: `# ${name}\n\n${about}\n\n\`\`\`ts\n${lines}\n\`\`\`\n`, wrong };
  } catch (error) {
    return { wrong: [error.message] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same from the cache, if nothing that it depends on has changed. */
function cachedReport(root, one, entry, types) {
  const file = join(root, cache, `${fingerprint(root, one, entry)}.json`);
  if (existsSync(file)) return readJson(file);
  const made = makeReport(root, one, entry, types);
  if (made.wrong.length === 0) {
    mkdirSync(join(root, cache), { recursive: true });
    writeFileSync(file, JSON.stringify(made));
  }
  return made;
}

/** Says where what the built packages export is not what was reviewed: one report for each entry, beside the package's manifest. */
export function checkApiReports(root, { update = false } = {}) {
  return builtPackages(root).flatMap((one) => {
    const entries = typedEntries(one.manifest);
    const names = entries.map(([entry]) => reportName(entry));
    const orphans = readdirSync(join(root, one.path)).filter(
      (file) => /^api(-.+)?\.md$/.test(file) && !names.includes(file),
    );
    return [
      ...entries.flatMap(([entry, types], i) => {
        const { report, wrong } = cachedReport(root, one, entry, types);
        if (wrong.length > 0) return wrong.map((problem) => `${one.path}: ${problem}`);
        return compareWithFile(root, `${one.path}/${names[i]}`, report, update);
      }),
      ...orphans.flatMap((file) => compareWithFile(root, `${one.path}/${file}`, undefined, update)),
    ];
  });
}
