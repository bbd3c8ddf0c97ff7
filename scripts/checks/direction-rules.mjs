import { testCode } from './workspace.mjs';

/** Research packages that build or copy layers models. */
const layersUsers = ['backbones', 'momentum'];

/** The union, which is forbidden by a rule of its own, and optional peers that are not installed here. */
const notInstalled = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'webgpu'];

const anyOf = (names) => `^packages/(${names.join('|')})/`;

/**
 * Which package may import which, as rules of dependency-cruiser. Tests may import anything declared, but by name too.
 *
 * @param packages as `readPackages` gives them.
 */
export function directionRules(packages) {
  const folders = (kind) => packages.filter((one) => one.kind === kind).map(({ folder }) => folder);
  const research = anyOf(folders('research'));
  const workbench = anyOf(folders('workbench'));
  const layerless = anyOf(folders('research').filter((folder) => !layersUsers.includes(folder)));
  const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
  const shipped = (path) => ({ path, pathNot: testCode });
  return [
    forbid(
      'no-cycles',
      'files import each other in a circle (types aside)',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'resolvable',
      'the import leads nowhere',
      {},
      { couldNotResolve: true, pathNot: `^(${notInstalled.join('|')})$` },
    ),
    forbid(
      'by-name',
      'a package imports another by its name, never by a relative path',
      { path: '^packages/([^/]+)/' },
      { path: '^packages/', pathNot: '^packages/$1/', dependencyTypesNot: ['aliased', 'localmodule'] },
    ),
    forbid(
      'into-packages-by-name',
      'examples and benchmarks import packages by name, never by a relative path',
      { path: '^(examples|benchmarks)/' },
      { path: '^packages/', dependencyTypesNot: ['aliased', 'localmodule'] },
    ),
    forbid(
      'packages-stand-alone',
      'packages import neither examples nor benchmarks',
      { path: '^packages/' },
      { path: '^(examples|benchmarks)/' },
    ),
    forbid('tests-stay-out', 'shipped code imports no test code', shipped('^packages/[^/]+/src/'), { path: testCode }),
    forbid('research-without-node', 'research packages run in a browser: no Node built-in', shipped(research), {
      dependencyTypes: ['core'],
    }),
    forbid('research-without-workbench', 'research packages import no workbench package', shipped(research), {
      path: workbench,
    }),
    forbid('losses-alone', 'losses import no other package of ours', shipped('^packages/losses/'), {
      path: '^packages/',
      pathNot: '^packages/losses/',
    }),
    forbid(
      'layers-where-needed',
      `among research packages only ${layersUsers.join(' and ')} import tfjs-layers`,
      shipped(layerless),
      { path: '@tensorflow/tfjs-layers' },
    ),
    forbid(
      'no-union-package',
      'import @tensorflow/tfjs-core, not the union @tensorflow/tfjs, which brings backends and a second way in',
      { path: '^(packages|examples|benchmarks)/' },
      { path: '(^|node_modules/)@tensorflow/tfjs(/|$)' },
    ),
  ];
}
