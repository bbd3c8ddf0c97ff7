/**
 * Counts the results of a run. A test that fails for a known reason counts as skipped; one that passes all the same, or
 * is not there, counts as failed, so that the list of reasons stays true.
 *
 * @param {{ fullName: string, status: string, failedExpectations: { message: string }[] }[]} results jasmine's, tests
 *   and suites.
 * @param {ReadonlyMap<string, string>} exceptions reasons by full name.
 */
export function judge(results, exceptions) {
  const problems = [];
  let passed = 0;
  let skipped = 0;
  const unseen = new Set(exceptions.keys());
  for (const { fullName, status, failedExpectations } of results) {
    unseen.delete(fullName);
    const failed = failedExpectations.length > 0;
    if (failed && exceptions.has(fullName)) skipped += 1;
    else if (failed) problems.push([fullName, ...failedExpectations.map(({ message }) => message)].join('\n    '));
    else if (status === 'passed' && exceptions.has(fullName)) problems.push(`${fullName}\n    ${stale}`);
    else if (status === 'passed') passed += 1;
    else skipped += 1;
  }
  for (const fullName of unseen) problems.push(`${fullName}\n    There is no such test: take it off the exceptions`);
  return { passed, failed: problems.length, skipped, problems };
}

const stale = 'It is listed as an exception and passes: take it off the list';
