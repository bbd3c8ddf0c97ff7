// tfjs-core's own tests on the native backend: `node packages/runtime/conformance/run.mjs [part of the tests' names]`.
// With --ignored it runs what tfjs-node ignores instead, to see what of it passes here.
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import jasmineCore from 'jasmine-core';
import { bundleSuite } from './bundle.mjs';
import { exceptions } from './exceptions.mjs';
import { ignoredByTfjsNode } from './ignored.mjs';
import { judge } from './judge.mjs';

const { values: options, positionals } = parseArgs({
  options: { ignored: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [part = ''] = positionals;
const say = (line) => process.stdout.write(`${line}\n`);

const bundle = await bundleSuite();
const jasmine = jasmineCore.boot(jasmineCore);
jasmine.DEFAULT_TIMEOUT_INTERVAL = 20_000;
const { runtime } = await import(pathToFileURL(bundle).href);

const ignored = ignoredByTfjsNode();
const isIgnored = (name) => ignored.some((words) => name.includes(words));
const asked = (name) => name.includes(part) && isIgnored(name) === options.ignored;
const results = [];
let ignoredTests = 0;
const env = jasmine.getEnv();
env.configure({ random: false, specFilter: (test) => asked(test.getFullName()) });
env.addReporter({
  specDone: (result) => {
    results.push(result);
    if (isIgnored(result.fullName)) ignoredTests += 1;
  },
  // What fails outside of any test.
  suiteDone: (result) => result.failedExpectations.length > 0 && results.push(result),
  jasmineDone: (result) =>
    results.push(...(result.failedExpectations.length > 0 ? [{ fullName: 'all', ...result }] : [])),
});
await env.execute();
runtime.stop();

const expected = new Map([...exceptions].filter(([name]) => asked(name)));
const { passed, failed, skipped, problems } = judge(results, expected);
for (const problem of problems) say(`✗ ${problem}`);
say(`${ignoredTests} tests are ignored by tfjs-node itself (${ignored.length} entries in its list)`);
say(`${expected.size} exceptions of our own${expected.size > 0 ? ':' : ''}`);
for (const [name, reason] of expected) say(`    ${name}: ${reason}`);
if (passed === 0) say('No test ran');
say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
