/** A tensor's name as a message can hold it: in quotes and cut where it is long or has characters that names seldom have. */
export function shownName(name: string): string {
  if (/^[\w./:-]{1,100}$/.test(name)) return name;
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
