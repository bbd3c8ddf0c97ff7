/** Deeper nesting than this is not looked into. */
const DEEPEST = 8;

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * What can be told of a part, as plain JSON: numbers, texts, records and lists as they are, functions and other objects by
 * their names. Two parts that differ only inside a function are told alike.
 *
 * @example
 * ```ts
 * describeValue({ keep: 0.5, draw() {} }); // { keep: 0.5, draw: 'function draw' }
 * ```
 */
export function describeValue(value: unknown): unknown {
  return describe(value, 0);
}

function describe(value: unknown, depth: number): unknown {
  if (typeof value === 'function') return `function ${value.name}`.trim();
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((inner) => describe(inner, depth + 1));
  if (!isPlain(value)) {
    const { name } = value as { name?: unknown };
    return `${value.constructor?.name ?? 'object'}${typeof name === 'string' ? ` ${name}` : ''}`;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, describe(inner, depth + 1)]));
}
