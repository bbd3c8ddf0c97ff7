import type { StoredTensor } from '../dtype.js';
import { Refusal, shortened } from './file-bytes.js';
import { Skipped } from './skipped.js';
import { TensorView } from './tensor-view.js';
import type { TorchDict, TorchKey, TorchValue } from './torch-value.js';

/** How deep lists and dictionaries may stand in one another. */
const deepest = 100;
/** The most values on the way to tensors, and letters of names: lists that share their items have any number of paths. */
const mostSteps = 1_000_000;
const mostLetters = 1 << 26;

/** The values in a list or dictionary; null for all else. */
function itemsOf(value: unknown): Iterable<unknown> | null {
  if (Array.isArray(value)) return value;
  return value instanceof Map ? value.values() : null;
}

/**
 * All tensors in what a pickle made, each once.
 *
 * @throws Refusal if a list or dictionary holds itself, stands too deep, or holds what is no value.
 */
export function viewsIn(root: unknown): TensorView[] {
  const views = new Set<TensorView>();
  /** How high each list or dictionary is above the deepest in it; null while it is being looked through. */
  const heights = new Map<unknown, number | null>();
  const visit = (value: unknown, depth: number): number => {
    if (value instanceof TensorView) views.add(value);
    const items = itemsOf(value);
    if (!items) {
      if (typeof value === 'object' && value !== null && !(value instanceof TensorView || value instanceof Skipped)) {
        throw new Refusal('the name of a type, or a storage, stands where a value should');
      }
      return 0;
    }
    const known = heights.get(value);
    if (known === null) throw new Refusal('a list or dictionary holds itself');
    if (depth + (known ?? 0) > deepest) {
      throw new Refusal(`lists and dictionaries stand more than ${deepest} deep in one another`);
    }
    if (known !== undefined) return known;
    heights.set(value, null);
    let height = 0;
    for (const item of items) height = Math.max(height, 1 + visit(item, depth + 1));
    heights.set(value, height);
    return height;
  };
  visit(root, 0);
  return [...views];
}

/** What a pickle made, with the tensors in place of their views; what it shares stays shared. */
export function toValue(root: unknown, tensors: ReadonlyMap<TensorView, StoredTensor>): TorchValue {
  const made = new Map<unknown, TorchValue>();
  const convert = (value: unknown): TorchValue => {
    if (value instanceof TensorView) return tensors.get(value)!;
    const before = made.get(value);
    if (before !== undefined) return before;
    if (value instanceof Skipped) {
      const marker = Object.freeze({ skipped: value.name });
      made.set(value, marker);
      return marker;
    }
    if (Array.isArray(value)) {
      const list = value.map(convert);
      made.set(value, list);
      return list;
    }
    if (value instanceof Map) {
      const dict = new Map([...value].map(([key, item]) => [key as TorchKey, convert(item)]));
      made.set(value, dict);
      return dict;
    }
    return value as TorchKey;
  };
  return convert(root);
}

const isDict = (value: TorchValue | undefined): value is TorchDict => value instanceof Map;
const isList = (value: TorchValue): value is readonly TorchValue[] => Array.isArray(value);

function rootOf(value: TorchValue, at: readonly string[] | undefined): TorchValue {
  if (!at) {
    const stateDict = isDict(value) ? value.get('state_dict') : undefined;
    return isDict(stateDict) ? stateDict : value;
  }
  return at.reduce((inner, key) => {
    const next = isDict(inner) ? inner.get(key) : undefined;
    if (next !== undefined) return next;
    const there = isDict(inner) ? `has ${shortened([...inner.keys()].map(String).join(', '))}` : 'is no dictionary';
    throw new Refusal(
      `there is no ${at.map((part) => shortened(part)).join(' → ')}: what should have ${shortened(key)} ${there}`,
    );
  }, value);
}

/**
 * The tensors in a value by the keys that lead to them, joined by dots.
 *
 * @throws Refusal if two have the same name, or there are too many.
 */
export function namedTensors(value: TorchValue, at?: readonly string[]): Record<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  let steps = 0;
  let letters = 0;
  const visit = (inner: TorchValue, path: string) => {
    if (++steps > mostSteps) throw new Refusal(`there are more than ${mostSteps} ways to its values`);
    const join = (key: unknown) => (path === '' ? String(key) : `${path}.${key}`);
    if (isDict(inner)) for (const [key, item] of inner) visit(item, join(key));
    else if (isList(inner)) for (const [i, item] of inner.entries()) visit(item, join(i));
    else if (typeof inner === 'object' && inner !== null && 'data' in inner) {
      letters += path.length;
      if (letters > mostLetters) throw new Refusal(`the names of its tensors have more than ${mostLetters} letters`);
      if (named.has(path)) throw new Refusal(`two of its tensors are named ${shortened(path)}`);
      named.set(path, inner as StoredTensor);
    }
  };
  visit(rootOf(value, at), '');
  return Object.fromEntries(named);
}
