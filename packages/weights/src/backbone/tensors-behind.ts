import type { StoredTensor } from '../dtype.js';
import { wrappersOf } from './naming-rules.js';
import { shownName } from './shown-name.js';
import { toFloat32 } from './to-float32.js';

/** The part of a checkpoint that a model is loaded from. */
export interface TensorsBehind {
  /** By the names of the model, in PyTorch's layout, float32: what `loadParameters` of `@hcsc/backbones` takes. */
  readonly tensors: Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** What stood before all of the prefixes: `''`, `module.`, `net.module.` … */
  readonly before: string;
  /** The names of all other tensors, in their order. */
  readonly others: readonly string[];
}

const quoted = (texts: readonly string[]) => texts.map((text) => `"${text}"`).join(', ');
const some = (names: readonly string[]) =>
  names.length === 0 ? 'none' : names.slice(0, 8).map(shownName).join(', ') + (names.length > 8 ? ', …' : '');

/** What stands before the prefixes, the same for all of them. */
function findBefore(names: readonly string[], needed: readonly string[]): string {
  if (needed.includes('')) return '';
  const fitting = [...new Set(names.flatMap(wrappersOf))].filter((before) =>
    needed.every((prefix) => names.some((name) => name.startsWith(`${before}${prefix}`))),
  );
  const [before, other] = fitting;
  if (before === undefined) {
    const absent = needed.filter((prefix) => !names.some((name) => name.includes(prefix)));
    throw new RangeError(
      `Cannot find tensors behind ${quoted(absent.length > 0 ? absent : needed)}: the names are ${some(names)}`,
    );
  }
  if (other !== undefined) {
    throw new RangeError(
      `Cannot choose the tensors behind ${quoted(needed)}: they stand behind ${quoted(fitting)}; give one with the prefix`,
    );
  }
  return before;
}

/**
 * Takes the tensors of a checkpoint that stand behind prefixes, and gives them the names of a model: a whole encoder with
 * its heads, to be loaded by `loadParameters` of `@hcsc/backbones`.
 *
 * Before the prefixes may stand, the same for all, what checkpoints and DataParallel put there: `state_dict.`, `model.`,
 * `net.`, `module.`, in any number. PyTorch's counters (`num_batches_tracked`) are left out. float16, bfloat16 and float64
 * become float32; float32 values are those given, not copied.
 *
 * @param tensors by name, as {@link readTorch} and {@link readSafetensors} give them.
 * @param prefixes what takes a prefix's place, or null to leave out what has it; of several, the longest counts. `''` is the
 *   prefix of every name, as it stands.
 * @throws RangeError if no tensor has a prefix that is not to be left out, or two would get one name, or a value is not
 *   finite; TypeError if a tensor is not floating-point. Each names the tensor or the prefix.
 *
 * @example
 * ```ts
 * // The student of an official checkpoint of CGH; its teacher has the same names with _k.
 * const { tensors } = await readTorch('ImageNet_0199.pth.tar');
 * const student = { 'encoder_q.': '', 'hypercols_proj_q.': '', 'hypercols_proj_q.scale': null };
 * loadParameters(encoder, tensorsBehind(tensors, student).tensors);
 * ```
 */
export function tensorsBehind(
  tensors: Readonly<Record<string, StoredTensor>>,
  prefixes: Readonly<Record<string, string | null>>,
): TensorsBehind {
  const needed = Object.keys(prefixes).filter((prefix) => prefixes[prefix] !== null);
  if (needed.length === 0)
    throw new RangeError("Cannot take tensors behind no prefix: give one, as { 'encoder_q.': '' }");
  const names = Object.keys(tensors);
  const before = findBefore(names, needed);
  const byLength = Object.keys(prefixes).sort((a, b) => b.length - a.length);
  const taken = new Map<string, string>();
  const others: string[] = [];
  for (const name of names) {
    const own = byLength.find((prefix) => name.startsWith(`${before}${prefix}`));
    const place = own === undefined ? null : prefixes[own]!;
    if (own === undefined || place === null || /(?:^|\.)num_batches_tracked$/.test(name)) {
      others.push(name);
      continue;
    }
    const as = `${place}${name.slice(before.length + own.length)}`;
    if (taken.has(as)) {
      throw new RangeError(`Cannot take both ${shownName(taken.get(as)!)} and ${shownName(name)} as ${shownName(as)}`);
    }
    taken.set(as, name);
  }
  const values = [...taken].map(([as, name]) => [as, float32Of(name, tensors[name]!)] as const);
  return { tensors: Object.fromEntries(values), before, others };
}

function float32Of(name: string, tensor: StoredTensor) {
  const data = toFloat32(tensor);
  if (!data) throw new TypeError(`Cannot take ${shownName(name)}: needed floating-point values, got ${tensor.dtype}`);
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new RangeError(`Cannot take ${shownName(name)}: value ${at} is ${data[at]}, needed finite weights`);
  return { shape: tensor.shape, data };
}
