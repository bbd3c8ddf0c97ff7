/** A header's JSON, and what `JSON.parse` does not tell of it. */
export interface HeaderJson {
  readonly value: unknown;
  /** Where the text of `__metadata__.sha256` begins, behind its quotation mark, if there is such a string. */
  readonly checksumAt?: number;
}

/** The most names in one object below the whole, metadata aside: a tensor has three. */
const mostFields = 16;

/** The place of the quotation mark that ends the string begun before `from`; the text's length if none does. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}

/** Names as the messages hold them. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/**
 * Parses a header's JSON, after one look over it that refuses what no header needs.
 *
 * Names that occur twice (of which `JSON.parse` would keep the last and others the first), and nesting, which takes
 * many times its length in memory.
 *
 * @param fail is handed what is wrong, and throws.
 * @throws SyntaxError if it is no JSON.
 */
export function parseHeaderJson(text: string, fail: (problem: string) => never): HeaderJson {
  const open: (Set<string> | null)[] = [];
  const names: string[] = [];
  let expectsName = false;
  let checksumAt: number | undefined;
  for (let at = 0; at < text.length; at++) {
    const within = open.at(-1);
    switch (text[at]) {
      case '{':
      case '[':
        if (within === null || open.length === 3) {
          fail(`a header nests no deeper than the shape of a tensor, this one does at its character ${at}`);
        }
        expectsName = text[at] === '{';
        open.push(expectsName ? new Set() : null);
        break;
      case '}':
      case ']':
        open.pop();
        expectsName = false;
        break;
      case ',':
        expectsName = !!within;
        break;
      case '"': {
        const end = endOfString(text, at + 1);
        if (expectsName && within) {
          const raw = text.slice(at + 1, end);
          const name: string = raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw;
          if (within.has(name)) fail(`its header names ${quoted(name)} twice`);
          if (within.size === mostFields && open.length > 1 && names[0] !== '__metadata__') {
            fail(
              `tensor ${quoted(names[0]!)} should have dtype, shape and data_offsets, it has over ${mostFields} fields`,
            );
          }
          within.add(name);
          names[open.length - 1] = name;
          expectsName = false;
        } else if (open.length === 2 && names[0] === '__metadata__' && names[1] === 'sha256') {
          checksumAt = at + 1;
        }
        at = end;
      }
    }
  }
  return { value: JSON.parse(text), checksumAt };
}
