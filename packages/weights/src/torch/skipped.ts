import { Refusal } from './file-bytes.js';

/** A class or function, and all that it would have made: left out, with nothing kept but the name. */
export class Skipped {
  constructor(readonly name: string) {}
}

/** The most names of one pickle that are left out. */
const mostNames = 10_000;

/** What is left out of a pickle: one for each name, so that many objects cost nothing. */
export class SkippedNames {
  private readonly known = new Map<string, Skipped>();

  of(name: string): Skipped {
    const before = this.known.get(name);
    if (before) return before;
    if (this.known.size === mostNames) throw new Refusal(`it asks for more than ${mostNames} classes`);
    const skipped = new Skipped(name);
    this.known.set(name, skipped);
    return skipped;
  }
}
