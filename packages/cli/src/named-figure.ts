/** Where a part of a loss is drawn that is a figure of a kind, as its name says. */
export interface NamedFigure {
  /** Of the plot: figures of one title share it. */
  readonly title: string;
  readonly yLabel: string;
  readonly yRange?: readonly [low: number, high: number];
  /** The name of its line. */
  readonly line: string;
}

/** The words of a name in camel case: `to`, `global`, `teacher`, `entropy` of `toGlobalTeacherEntropy`. */
const wordsOf = (name: string): string[] =>
  name.split(/(?<=[a-z\d])(?=[A-Z])|(?=[A-Z][a-z])/).map((word) => word.toLowerCase());

/**
 * Tells a part of a loss that is none by the last word of its name; null for any other.
 *
 * - `…Entropy`, in nats: names that differ only in the word before it are the lines of one plot, so that
 *   `toGlobalTeacherEntropy` and `toGlobalStudentEntropy` are `teacher` and `student` of `Entropy, to global`.
 * - `…Agreement`, a share: all of them are in one plot from 0 to 1, named by what comes before.
 */
export function namedFigure(part: string): NamedFigure | null {
  const words = wordsOf(part);
  const kind = words.pop();
  if (kind === 'entropy') {
    const line = words.pop() ?? kind;
    return { title: ['Entropy', words.join(' ')].filter(Boolean).join(', '), yLabel: 'nats', line };
  }
  if (kind === 'agreement') {
    return { title: 'Agreement', yLabel: 'share', yRange: [0, 1], line: words.join(' ') || kind };
  }
  return null;
}
