import { existsSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { directionRules } from './direction-rules.mjs';
import { readPackages } from './workspace.mjs';

/** How dependency-cruiser reads the workspace; `.dependency-cruiser.mjs` gives the same to its command line. */
export const cruiseOptions = {
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  // The third-party trainer is no part of the workspace: it installs our packages.
  exclude: { path: '(^|/)(dist|vendor|\\.bundle|\\.peers)/|^examples/third-party-trainer/' },
  moduleSystems: ['es6', 'cjs'],
};

/** Resolves as Node does: by the exports of a package's manifest. */
export const resolveOptions = { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] };

/** Packages that need each other in a circle, by their manifests: types count too, which no file's imports would show. */
function packageCycles(packages) {
  const needs = new Map(packages.map(({ manifest }) => [manifest.name, Object.keys(manifest.dependencies ?? {})]));
  const visit = (name, way) => {
    // Each circle is told once: from its first name in the alphabet.
    if (way.includes(name)) return name === way[0] && [...way].sort()[0] === name ? [[...way, name]] : [];
    return (needs.get(name) ?? []).flatMap((needed) => visit(needed, [...way, name]));
  };
  const cycles = [...needs.keys()].flatMap((name) => visit(name, []));
  return cycles.map((cycle) => `${cycle.join(' → ')}: packages need each other in a circle`);
}

/** Cruises the workspace from its root, because the paths of its tsconfig are looked up from the working directory. */
async function cruiseFrom(root, forbidden) {
  const before = process.cwd();
  process.chdir(root);
  try {
    const { output } = await cruise(
      ['packages', 'examples', 'benchmarks'].filter((folder) => existsSync(folder)),
      { ...cruiseOptions, ruleSet: { forbidden }, validate: true, tsConfig: { fileName: 'tsconfig.json' } },
      resolveOptions,
      { tsConfig: extractTSConfig('tsconfig.json') },
    );
    return output.summary.violations;
  } finally {
    process.chdir(before);
  }
}

/** Says which imports run against the direction of dependencies. */
export async function checkDirection(root) {
  const packages = readPackages(root);
  const rules = directionRules(packages);
  const imports = (await cruiseFrom(root, rules)).map(({ from, to, rule, cycle }) => {
    const target = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
    return `${from} → ${target}: ${rules.find(({ name }) => name === rule.name).comment} (${rule.name})`;
  });
  return [...packageCycles(packages), ...imports];
}
