/** One of the ways in which checkpoints name their encoders. */
export interface NamingRule {
  readonly layout: string;
  /** Whose checkpoints have it, for messages. */
  readonly of: string;
  /** What stands before the names of the encoder that is trained by gradients. */
  readonly query: string;
  /** What stands before those of its momentum copy, if there is one. */
  readonly key: readonly string[];
}

/** The rules in the order in which they are tried: the first that fits is taken. */
export const namingRules: readonly NamingRule[] = [
  { layout: 'torchvision', of: 'torchvision', query: '', key: [] },
  { layout: 'hcsc', of: 'checkpoints of @hcsc/train', query: 'query/', key: ['key/'] },
  { layout: 'moco', of: 'MoCo v1 and v2, PCL, HCSC, CGH', query: 'encoder_q.', key: ['encoder_k.'] },
  { layout: 'moco-v3', of: 'MoCo v3', query: 'base_encoder.', key: ['momentum_encoder.'] },
  { layout: 'encoder', of: 'SimSiam, solo-learn before 1.0.6', query: 'encoder.', key: ['momentum_encoder.'] },
  {
    layout: 'backbone',
    of: 'Lightly, solo-learn, SimCLR, Barlow Twins',
    query: 'backbone.',
    key: ['momentum_backbone.', 'backbone_momentum.'],
  },
  { layout: 'online', of: 'LEWEL', query: 'online_net.backbone.', key: ['target_net.backbone.'] },
  { layout: 'vissl', of: 'VISSL', query: 'trunk._feature_blocks.', key: [] },
];

/** What may stand before all of it: dictionaries that checkpoints put their state dicts in, and DataParallel's `module`. */
const wrapper = '(?:state_dict|classy_state_dict|base_model|model|net|module|method)[./]';
const wrappers = new RegExp(`^(?:${wrapper})*$`);
const firstWrapper = new RegExp(`^${wrapper}`);

/** All that a name may have before it, from nothing on: of `net.module.x` `''`, `net.` and `net.module.`. */
export function wrappersOf(name: string): string[] {
  const found = [''];
  for (let rest = name; ; ) {
    const [next] = firstWrapper.exec(rest) ?? [];
    if (next === undefined) return found;
    found.push(`${found.at(-1)}${next}`);
    rest = rest.slice(next.length);
  }
}

/** How the ResNet's own weights are named; `sequential` has the places of torchvision's layers in a `nn.Sequential`. */
export type NameStyle = 'torchvision' | 'sequential' | 'sequential without pool' | 'tensorflow';

/** The names that show that a ResNet of that style begins there. */
const anchors: Readonly<Record<NameStyle, readonly [first: string, second: string]>> = {
  torchvision: ['conv1.weight', 'layer1.0.conv1.weight'],
  tensorflow: ['conv1.kernel', 'layer1.0.conv1.kernel'],
  // Before the one with a pool, because it has a fourth place too.
  'sequential without pool': ['0.weight', '3.0.conv1.weight'],
  sequential: ['0.weight', '4.0.conv1.weight'],
};
const styles = Object.keys(anchors) as NameStyle[];

/** Where an encoder was found. */
export interface Found {
  /** All that stands before its names. */
  readonly prefix: string;
  readonly style: NameStyle;
}

/** The style of the ResNet whose names follow this prefix; null if there is none. */
export function styleAfter(prefix: string, names: ReadonlySet<string>): NameStyle | null {
  return styles.find((style) => anchors[style].every((anchor) => names.has(`${prefix}${anchor}`))) ?? null;
}

/** The first encoder, in the order of the names, that stands behind `prefix` and any wrappers. */
export function findEncoder(prefix: string, names: ReadonlySet<string>): Found | null {
  for (const name of names) {
    for (const style of styles) {
      const end = `${prefix}${anchors[style][0]}`;
      const before = name.slice(0, -end.length);
      if (!name.endsWith(end) || !wrappers.test(before)) continue;
      if (styleAfter(`${before}${prefix}`, names) === style) return { prefix: `${before}${prefix}`, style };
    }
  }
  return null;
}
