import { createHash } from 'node:crypto';

const pattern = /^weights\.([0-9a-f]{16})\.bin$/;

const begin = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** The name of a file of weights: it has the first 16 digits of their SHA-256, so that other weights have another name. */
export function weightsFileName(bytes: Uint8Array): string {
  return `weights.${begin(bytes)}.bin`;
}

/** Is this a file of former weights (once all were `weights.bin`), or one that a killed save was still writing? */
export function isLeftover(name: string, current: string): boolean {
  const whole = name.replace(/\.[0-9a-f-]{36}\.tmp$/, '');
  const ours = pattern.test(whole) || whole === 'weights.bin' || whole === 'model.json';
  return ours && name !== current && name !== 'model.json';
}

/** Was this name made by {@link weightsFileName}? */
export function hasChecksum(name: string): boolean {
  return pattern.test(name);
}

/** Are these the bytes that the name was made for? True for names that say nothing about them. */
export function fitsName(name: string, bytes: Uint8Array): boolean {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined || digits === begin(bytes);
}
