import { createHash } from 'node:crypto';
import type { ImageSource } from '@hcsc/data';

/** What decides on features or pairs, as plain JSON. */
export interface MiningIdentity {
  /** What is known at once. */
  readonly plan: Readonly<Record<string, unknown>>;
  /** What the encoder says of itself; null where it cannot tell yet. */
  readonly encoder: Readonly<Record<string, unknown>>;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function agree(then: unknown, now: unknown, isNullOpen: boolean): boolean {
  if (isNullOpen && now === null) return true;
  if (typeof then !== 'object' || typeof now !== 'object' || then === null || now === null) return then === now;
  const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
  const at = (value: object, key: string) => (value as Record<string, unknown>)[key];
  return [...keys].every((key) => agree(at(then, key), at(now, key), isNullOpen));
}

/** Was this made by what makes it now? Where the encoder cannot tell yet, anything agrees. */
export function sameIdentity(then: unknown, now: MiningIdentity): boolean {
  const { plan, encoder } = (typeof then === 'object' && then !== null ? then : {}) as Partial<MiningIdentity>;
  return agree(plan, plain(now.plan), false) && agree(encoder, plain(now.encoder), true);
}

/** How many images are looked at to tell a set of images from another. */
const SAMPLE = 64;

/** Tells a set of images from others by their number, shape, and the bytes of some of them, the first and last among these. */
export async function imagesIdentity(source: ImageSource, chosen: Int32Array): Promise<Record<string, unknown>> {
  const count = Math.min(SAMPLE, chosen.length);
  const sample = Int32Array.from({ length: count }, (_, i) => {
    return chosen[Math.round((i * (chosen.length - 1)) / Math.max(count - 1, 1))]!;
  });
  const bytes = await source.read(sample);
  const digest = createHash('sha256').update(sample).update(bytes).digest('hex').slice(0, 16);
  return { images: source.length, shape: source.shape, chosen: chosen.length, sample: digest };
}
