// What decides whether a run of tfjs-core's tests has failed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ignoredByTfjsNode } from '../../packages/runtime/conformance/ignored.mjs';
import { judge } from '../../packages/runtime/conformance/judge.mjs';

const result = (fullName, status, ...messages) => ({
  fullName,
  status,
  failedExpectations: messages.map((message) => ({ message })),
});
const good = [result('add adds', 'passed'), result('rotate turns', 'excluded'), result('sub waits', 'pending')];

describe("tfjs-core's tests", () => {
  it('pass when all that ran have passed', () =>
    assert.deepEqual(judge(good, new Map()), { passed: 1, failed: 0, skipped: 2, problems: [] }));

  it('fail when one has failed, with what it said', () =>
    assert.deepEqual(judge([...good, result('mul breaks', 'failed', 'Got 1', 'Got 2')], new Map()), {
      passed: 1,
      failed: 1,
      skipped: 2,
      problems: ['mul breaks\n    Got 1\n    Got 2'],
    }));

  it('fail when something fails outside of a test', () =>
    assert.equal(judge([...good, result('mul', 'finished', 'afterAll threw')], new Map()).failed, 1));

  it('skip a failure that has a reason', () =>
    assert.deepEqual(judge([...good, result('mul breaks', 'failed', 'Got 1')], new Map([['mul breaks', 'Rounding']])), {
      passed: 1,
      failed: 0,
      skipped: 3,
      problems: [],
    }));

  for (const [name, what] of [
    ['add adds', /passes: take it off/],
    ['div divides', /no such test/],
  ]) {
    it(`fail when a reason is out of date: ${name}`, () => {
      const { failed, problems } = judge(good, new Map([[name, 'Rounding']]));
      assert.equal(failed, 1);
      assert.match(problems[0], what);
    });
  }

  it('leave out what tfjs-node leaves out', () => {
    const ignored = ignoredByTfjsNode();
    assert.ok(ignored.length > 50);
    for (const words of ignored) assert.ok(typeof words === 'string' && words.length > 3);
    assert.ok(ignored.includes('argmax test-tensorflow {} 6D, axis=0'));
  });
});
