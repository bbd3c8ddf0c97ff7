import { InvalidArgumentError } from 'commander';

/** `key=value`; may be repeated. */
export function setting(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('give key=value, for example epochs=20.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** `factor=value,value`; may be repeated. */
export function choice(text: string, before: Record<string, string[]>): Record<string, string[]> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('give factor=value, for example sampler=all.');
  const factor = text.slice(0, at);
  return {
    ...before,
    [factor]: [...(Object.hasOwn(before, factor) ? before[factor]! : []), ...text.slice(at + 1).split(',')],
  };
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('give a whole number of at least 1.');
  return Number(text);
}

export function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('give an integer of at least 0.');
  return Number(text);
}

export function minutes(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('give minutes, for example 10 or 0.5.');
  return Number(text);
}

export function cosine(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(Math.abs(value) <= 1)) {
    throw new InvalidArgumentError('give a cosine from -1 to 1, for example 0.97.');
  }
  return value;
}

export function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('give a share above 0, up to 1, for example 0.1.');
  return value;
}

export function integers(text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text))
    throw new InvalidArgumentError('give integers with commas between, for example 3,17.');
  return text.split(',').map(Number);
}
