import type { StoredTensor } from '../dtype.js';
import { type Found, findEncoder, type NameStyle, namingRules, styleAfter } from './naming-rules.js';
import { resnetName } from './resnet-name.js';
import { shownName } from './shown-name.js';
import { toFloat32, toTorchConvolution } from './to-float32.js';

/** Options of {@link backboneTensors}. */
export interface BackboneTensorsOptions {
  /**
   * What stands before the names of the encoder wanted, for example `'student.backbone.'`, instead of the rules; `''`
   * for names that have nothing before them.
   */
  readonly prefix?: string;
  /** Of a momentum pair, the encoder trained by gradients (`query`, the default: what the papers evaluate) or its copy. */
  readonly encoder?: 'query' | 'key';
}

/** Why a tensor is no part of the backbone. */
export type DropReason =
  | 'classifier'
  | 'projection head'
  | 'queue'
  | 'center'
  | 'prototypes'
  | 'query encoder'
  | 'key encoder'
  | 'counter'
  | 'optimizer'
  | 'not of the ResNet';

/** The ResNet of a checkpoint. */
export interface BackboneTensors {
  /** The rule that fitted: `torchvision`, `hcsc` (all in TensorFlow's layout), `moco`, `moco-v3`, `encoder`, `backbone`, `online`, `vissl`, or `prefix`. */
  readonly layout: string;
  /** What stood before the encoder's names. */
  readonly prefix: string;
  /** By torchvision's names and in PyTorch's layout: convolutions `[out, in, kh, kw]`. */
  readonly tensors: Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** All others, in their order. */
  readonly dropped: { readonly name: string; readonly why: DropReason }[];
}

interface Chosen extends Found {
  readonly layout: string;
  /** The encoder that was not asked for. */
  readonly other: { readonly prefixes: readonly string[]; readonly why: 'query encoder' | 'key encoder' };
}

const list = (names: Iterable<string>) => {
  const all = [...names];
  return all.length === 0
    ? 'none'
    : all.slice(0, 8).map(shownName).join(', ') + (all.length > 8 ? `, … (${all.length})` : '');
};

function byPrefix(prefix: string, names: ReadonlySet<string>): Chosen {
  const style = styleAfter(prefix, names);
  if (style) return { layout: 'prefix', prefix, style, other: { prefixes: [], why: 'key encoder' } };
  const within = [...names].filter((name) => name.startsWith(prefix));
  throw new RangeError(
    `Cannot find a ResNet behind the prefix "${prefix}": needed "${prefix}conv1.weight" and "${prefix}layer1.0.conv1.weight", got ${list(within.length > 0 ? within : names)}`,
  );
}

function byRule(encoder: 'query' | 'key', names: ReadonlySet<string>): Chosen {
  for (const { layout, of, query, key } of namingRules) {
    const queryFound = findEncoder(query, names);
    if (!queryFound) continue;
    const before = queryFound.prefix.slice(0, queryFound.prefix.length - query.length);
    const keys = key.map((prefix) => `${before}${prefix}`);
    if (encoder === 'query') {
      const own = queryFound.style === 'tensorflow' ? 'hcsc' : layout;
      return { layout: own, ...queryFound, other: { prefixes: keys, why: 'key encoder' } };
    }
    const prefix = keys.find((prefix) => styleAfter(prefix, names));
    if (prefix === undefined) {
      const needed = keys.length > 0 ? `, needed names behind ${keys.join(' or ')}` : '';
      throw new RangeError(
        `Cannot take the key encoder: the names are those of ${of}, and there is none beside "${queryFound.prefix}"${needed}`,
      );
    }
    const style = styleAfter(prefix, names)!;
    return { layout, prefix, style, other: { prefixes: [queryFound.prefix], why: 'query encoder' } };
  }
  const tried = namingRules.map(({ of, query }) => `"${query}" (${of})`).join(', ');
  throw new RangeError(
    `Cannot find a ResNet: tried names behind ${tried}; got ${list(names)}. Give the prefix of its names`,
  );
}

/** What the names of the other tensors tell, wherever they stand. */
const reasons: readonly (readonly [RegExp, DropReason])[] = [
  [/(?:^|[./])optimizer\w*[./]/, 'optimizer'],
  [/(?:^|[./])num_batches_tracked$/, 'counter'],
  [/(?:^|[./])queue[^./]*$/, 'queue'],
  [/(?:^|[./])center(?:_\w+)?$/, 'center'],
  [/(?:^|[./])(?:hierarchy|prototypes)[./]/, 'prototypes'],
  [/(?:^|[./])\w*(?:classifier|linear|clf)\w*[./]/, 'classifier'],
  [/(?:^|[./])\w*(?:head|proj|predict|neck|fc)\w*[./]/, 'projection head'],
];

function whyDropped(name: string, { layout, prefix, other }: Chosen): DropReason {
  if (other.prefixes.some((before) => name.startsWith(before))) return other.why;
  if (layout === 'torchvision' && /^fc\.(?:weight|bias)$/.test(name.slice(prefix.length))) return 'classifier';
  return reasons.find(([pattern]) => pattern.test(name))?.[1] ?? 'not of the ResNet';
}

function take(name: string, as: string, tensor: StoredTensor, style: NameStyle) {
  const { shape, dtype } = tensor;
  const isConvolution = /(?:conv\d|downsample\.0)\.weight$/.test(as);
  const rank = isConvolution ? 4 : 1;
  if (shape.length !== rank) {
    throw new RangeError(`Cannot take ${shownName(name)} as ${as}: needed ${rank} dimensions, got shape [${shape}]`);
  }
  const data = toFloat32(tensor);
  if (!data) throw new TypeError(`Cannot take ${shownName(name)} as ${as}: needed floating-point values, got ${dtype}`);
  if (!isConvolution || style !== 'tensorflow') return { shape, data };
  const [kh, kw, inputs, outputs] = shape as [number, number, number, number];
  return { shape: [outputs, inputs, kh, kw], data: toTorchConvolution(data, shape) };
}

/**
 * Finds the ResNet within a checkpoint's tensors and gives it torchvision's names and PyTorch's layout.
 *
 * It is found by its names alone, by rules tried in a fixed order: torchvision, checkpoints of `@hcsc/train` (in
 * TensorFlow's layout, transposed here), MoCo v1/v2, PCL, HCSC and CGH, MoCo v3, SimSiam, Lightly, solo-learn, VISSL;
 * each also behind `module.`, `model.`, `net.` or `state_dict.`, and with the places of a `nn.Sequential` for names. All
 * else is listed with the reason why it is left out. float16, bfloat16 and float64 become float32; float32 values are
 * those given, not copied.
 *
 * @param tensors by name, as {@link readTorch} and {@link readSafetensors} give them.
 * @throws RangeError if no rule fits (with the first names and the rules), if there is no key encoder, or if a shape is
 *   not that of its weight; TypeError if a weight is not floating-point.
 *
 * @example
 * ```ts
 * const { tensors } = await readTorch('checkpoint_0199.pth.tar');
 * const backbone = backboneTensors(tensors);
 * console.log(backbone.layout, backbone.tensors['conv1.weight']?.shape); // moco [ 64, 3, 7, 7 ]
 * for (const { name, why } of backbone.dropped) console.log(name, why); // module.queue queue …
 * ```
 */
export function backboneTensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  { prefix, encoder = 'query' }: BackboneTensorsOptions = {},
): BackboneTensors {
  const names = new Set(Object.keys(tensors));
  const chosen = prefix === undefined ? byRule(encoder, names) : byPrefix(prefix, names);
  const taken: BackboneTensors['tensors'] = {};
  const dropped: BackboneTensors['dropped'] = [];
  for (const [name, tensor] of Object.entries(tensors)) {
    const as = name.startsWith(chosen.prefix) ? resnetName(name.slice(chosen.prefix.length), chosen.style) : null;
    if (as === null) dropped.push({ name, why: whyDropped(name, chosen) });
    else taken[as] = take(name, as, tensor, chosen.style);
  }
  return { layout: chosen.layout, prefix: chosen.prefix, tensors: taken, dropped };
}
