import type { ConformanceCase } from './conformance-case.js';

/** The titles of the cases that a part fails. */
export async function failedCases(cases: readonly ConformanceCase<void | Promise<void>>[]): Promise<string[]> {
  const titles: string[] = [];
  for (const { title, run } of cases) {
    try {
      await run();
    } catch {
      titles.push(title);
    }
  }
  return titles;
}
