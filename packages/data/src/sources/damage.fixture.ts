import fc from 'fast-check';
import { expect } from 'vitest';
import { DataFileError } from './data-file-error.js';

const [seed = 1, numRuns = 150] = (process.env.HCSC_FUZZ ?? '').split(',').filter(Boolean).map(Number);
/** Checks a property on the same cases each time; HCSC_FUZZ=seed,runs for others and more. */
export const runs = <T>(property: fc.IAsyncProperty<T>) =>
  fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true });

/** What can happen to a file. */
export type Damage =
  | { readonly change: number; readonly to: number }
  | { readonly cut: number }
  | { readonly insert: number; readonly bytes: Uint8Array }
  | { readonly leaveOut: number; readonly count: number }
  | { readonly replaceBy: Uint8Array };

/** Bytes changed (those of the header rather often), cut off, put in or left out, or all of it replaced. */
export function anyDamage(length: number): fc.Arbitrary<readonly Damage[]> {
  const at = fc.nat(length);
  const bytes = fc.uint8Array({ maxLength: 600 });
  const change = fc.record({ change: fc.oneof(at, fc.nat(15)), to: fc.nat(255) });
  const cut = fc.record({ cut: at });
  const move = fc.oneof(fc.record({ insert: at, bytes }), fc.record({ leaveOut: at, count: fc.nat(600) }));
  return fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.oneof({ weight: 2, arbitrary: change }, cut, move), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.tuple(fc.record({ replaceBy: bytes })) },
  );
}

export const damaged = (file: Buffer, damages: readonly Damage[]): Buffer =>
  damages.reduce((bytes, damage) => {
    if ('replaceBy' in damage) return Buffer.from(damage.replaceBy);
    if ('cut' in damage) return bytes.subarray(0, damage.cut);
    if ('insert' in damage) {
      return Buffer.concat([bytes.subarray(0, damage.insert), damage.bytes, bytes.subarray(damage.insert)]);
    }
    if ('leaveOut' in damage) {
      return Buffer.concat([bytes.subarray(0, damage.leaveOut), bytes.subarray(damage.leaveOut + damage.count)]);
    }
    const copy = Buffer.from(bytes);
    copy[damage.change] = damage.to;
    return copy;
  }, file);

/** What a promise resolves to; null if it rejects with a DataFileError whose offset is in the file. */
export async function orFault<T>(promise: Promise<T>, fileLength: number, alsoFine = /$^/): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Error && alsoFine.test(error.message)) return null;
    expect(error).toBeInstanceOf(DataFileError);
    const { offset, expected, found } = error as DataFileError;
    expect(Number.isInteger(offset) && offset >= 0).toBe(true);
    expect(offset).toBeLessThanOrEqual(fileLength);
    expect([expected, found]).not.toContain('');
    return null;
  }
}
