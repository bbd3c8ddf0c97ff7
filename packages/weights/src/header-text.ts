/** Text of a file as a message can hold it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** The longest list of numbers: 64 dimensions of 16 digits fit several times. */
const longestList = 4096;

const spaces = new Set([0x20, 0x09, 0x0a, 0x0d]);

const list = /^\[[ \t\r\n]*(?:\d+[ \t\r\n]*(?:,[ \t\r\n]*\d+[ \t\r\n]*)*)?\]$/;

/**
 * Reads the JSON of a header from front to back: the parts of JSON that a header has, and no others.
 *
 * `JSON.parse` would keep the last of two values of one name, of which other programs keep the first, and would take many
 * times the header's length for values in values. Everything throws SyntaxError on what is not the part asked for.
 */
export class HeaderText {
  /** The character that is read next. */
  at = 0;

  constructor(private readonly text: string) {}

  /** What comes next, for a message. */
  next(): string {
    return this.text.slice(this.at, this.at + 60) || 'its end';
  }

  is(character: string): boolean {
    return this.text[this.at] === character;
  }

  /** Does the text have these characters at that place? */
  begins(characters: string, at: number): boolean {
    return this.text.startsWith(characters, at);
  }

  /** The bytes before a character, in UTF-8. */
  bytesBefore(at: number): number {
    return Buffer.byteLength(this.text.slice(0, at));
  }

  private skipSpace(): void {
    while (spaces.has(this.text.charCodeAt(this.at))) this.at++;
  }

  private take(character: string): void {
    if (!this.is(character)) throw new SyntaxError(`character ${this.at} should be ${character}, found ${this.next()}`);
    this.at++;
  }

  string(): string {
    const from = this.at;
    this.take('"');
    for (let end = this.text.indexOf('"', this.at); end >= 0; end = this.text.indexOf('"', end + 1)) {
      let escapes = 0;
      while (this.text[end - 1 - escapes] === '\\') escapes++;
      if (escapes % 2 === 1) continue;
      this.at = end + 1;
      return JSON.parse(this.text.slice(from, this.at));
    }
    throw new SyntaxError(`the string that begins at character ${from} has no end`);
  }

  /** A list of whole numbers from 0 on. */
  numbers(): number[] {
    const end = this.text.indexOf(']', this.at) + 1;
    const own = end - this.at > longestList ? '' : this.text.slice(this.at, end);
    if (!list.test(own)) throw new SyntaxError(`character ${this.at} should begin whole numbers, found ${this.next()}`);
    this.at += own.length;
    return JSON.parse(own);
  }

  /** An object: `value` is called after each name, where its value begins, and reads it. */
  members(value: (name: string) => void): void {
    this.take('{');
    this.skipSpace();
    if (this.is('}')) {
      this.at++;
      return;
    }
    for (;;) {
      const name = this.string();
      this.skipSpace();
      this.take(':');
      this.skipSpace();
      value(name);
      this.skipSpace();
      if (!this.is(',')) break;
      this.at++;
      this.skipSpace();
    }
    this.take('}');
  }

  /** Nothing but space follows. */
  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) throw new SyntaxError(`character ${this.at} should end it, found ${this.next()}`);
  }
}
