/** A word of a command, in quotes if a shell would take it apart. */
export const shellWord = (text: string): string =>
  /^[\w./=:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
