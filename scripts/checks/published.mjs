import { checkPackage } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** What attw finds in every package that is ESM only: CommonJS takes it by `require(esm)`, and Node 10 not at all. */
const esmOnly = ['node10', 'node16-cjs'];

/** Says what publint, strictly, and attw, with the profile for ESM only, find in packages as `packPackages` gives them. */
export async function checkPublished(packed) {
  const problems = [];
  for (const { path, manifest, tarball, contents } of packed) {
    const { messages } = await publint({ pack: { tarball: tarball.buffer }, level: 'warning', strict: true });
    problems.push(...messages.map((message) => `${path}: ${formatMessage(message, manifest, { color: false })}`));
    const { types, problems: wrong = [] } = await checkPackage(contents);
    if (!types) problems.push(`${path}: ships no types`);
    for (const { kind, resolutionKind, entrypoint, resolutionOption } of wrong) {
      if (esmOnly.includes(resolutionKind)) continue;
      problems.push(`${path}: attw: ${kind} in ${entrypoint ?? 'the package'}, ${resolutionKind ?? resolutionOption}`);
    }
    problems.push(...checkRanges(manifest).map((problem) => `${path}: ${problem}`));
  }
  return problems;
}

/** What a published manifest depends on must be ranges that a registry knows. */
function checkRanges({ dependencies = {}, peerDependencies = {} }) {
  return Object.entries({ ...dependencies, ...peerDependencies })
    .filter(([, range]) => !/^(\^|>=)\d/.test(range))
    .map(([name, range]) => `would be published with ${name} at "${range}"`);
}
