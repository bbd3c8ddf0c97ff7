import { isDeepStrictEqual } from 'node:util';

/** Of every TensorFlow.js package that is a peer. */
const tensorflowRange = '^4.22.0';

const required = [
  'name',
  'version',
  'description',
  'license',
  'type',
  'sideEffects',
  'keywords',
  'repository',
  'engines',
  'exports',
  'files',
  'publishConfig',
  'scripts',
  'hcsc',
];
const optional = ['bin', 'dependencies', 'peerDependencies', 'peerDependenciesMeta', 'devDependencies'];

/** Says what is wrong with a package's manifest, given the root's. */
export function checkManifest({ folder, path, manifest, kind }, root) {
  const problems = [];
  const want = (holds, problem) => {
    if (!holds) problems.push(`${path}/package.json: ${problem}`);
  };
  const same = (key, expected) =>
    want(
      isDeepStrictEqual(manifest[key], expected),
      `${key} should be ${JSON.stringify(expected)}, is ${JSON.stringify(manifest[key])}`,
    );

  for (const key of required) want(key in manifest, `${key} is missing`);
  for (const key of Object.keys(manifest)) {
    want(required.includes(key) || optional.includes(key), `${key} is not a key that our packages have`);
  }
  same('name', `@hcsc/${folder}`);
  same('license', root.license);
  same('type', 'module');
  same('sideEffects', false);
  same('engines', root.engines);
  want(/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(manifest.version ?? ''), `version ${manifest.version} is none`);
  want(Boolean(manifest.description?.trim()), 'description is empty');
  want(manifest.keywords?.length > 0, 'keywords are empty');
  want(manifest.repository?.directory === path, `repository.directory should be ${path}`);
  want(/^git\+https:.+\.git$/.test(manifest.repository?.url ?? ''), 'repository.url should be git+https:….git');
  want(kind === 'research' || kind === 'workbench', `hcsc.kind should be research or workbench, is ${kind}`);
  want(Boolean(manifest.scripts?.build), 'scripts.build is missing');
  // With provenance only the release workflow can publish: npm refuses where nobody can attest the build.
  same('publishConfig', { access: 'public', provenance: true });
  for (const file of ['dist', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    want(manifest.files?.includes(file), `files should include ${file}`);
  }
  want(manifest.exports?.['.'] !== undefined, 'exports["."] is missing');
  want(manifest.exports?.['./package.json'] === './package.json', 'exports["./package.json"] is missing');
  for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
    if (entry === './package.json') continue;
    want(
      isDeepStrictEqual(Object.keys(target), ['types', 'default']) &&
        /^\.\/dist\/.+\.d\.ts$/.test(target.types) &&
        /^\.\/dist\/.+\.js$/.test(target.default),
      `exports["${entry}"] should be { types: "./dist/….d.ts", default: "./dist/….js" }`,
    );
  }
  for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
    const allowed = peer.startsWith('@tensorflow/') || (peer === 'vitest' && folder === 'testing');
    want(allowed, `peer ${peer}: only @tensorflow/* may be peers (and vitest of @hcsc/testing)`);
    want(
      !peer.startsWith('@tensorflow/') || range === tensorflowRange,
      `peer ${peer} should be "${tensorflowRange}", is "${range}"`,
    );
  }
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    const expected = name.startsWith('@hcsc/') ? 'workspace:^' : 'catalog:';
    want(range === expected, `${name} should be "${expected}", is "${range}"`);
  }
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    want(!name.startsWith('@tensorflow/'), `${name} should be a peer: two copies of it would not share their tensors`);
  }
  return problems;
}
