import type { DataFileFault } from './data-file-error.js';

/** What a header block of a tar archive says. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  /** The type flag, `'0'` for a file. */
  readonly type: string;
}

/** Something that is not as it should be: where in the block, and what. */
export type HeaderFault = Omit<DataFileFault, 'file'>;

/** Tar archives consist of blocks of so many bytes. */
export const TAR_BLOCK = 512;

/** A field of the header: where it starts and ends. */
type Field = readonly [start: number, end: number];
const NAME: Field = [0, 100];
const SIZE: Field = [124, 136];
const CHECKSUM: Field = [148, 156];
const TYPE = 156;
const MAGIC: Field = [257, 263];
const PREFIX: Field = [345, 500];
const BASE_256 = 0x80;

/**
 * Reads a header block: POSIX (ustar), GNU or the old format without a mark.
 *
 * @param fault Called, with the offset in the block, if the checksum is wrong or a number is none; must throw.
 */
export function parseTarHeader(block: Buffer, fault: (fault: HeaderFault) => never): TarHeader {
  const written = octal(block, CHECKSUM);
  const sums = checksums(block);
  if (written === null || !sums.includes(written)) {
    const found = written === null ? 'no octal number' : `checksum ${written}`;
    fault({ offset: CHECKSUM[0], expected: `a tar header (its bytes have checksum ${sums[0]})`, found });
  }
  const size = block[SIZE[0]] === BASE_256 ? binary(block, SIZE) : octal(block, SIZE);
  if (size === null) {
    const found = JSON.stringify(block.toString('latin1', ...SIZE));
    fault({ offset: SIZE[0], expected: 'a size as an octal number', found });
  }
  const posix = block.toString('latin1', ...MAGIC) === 'ustar\0';
  const prefix = posix ? text(block, PREFIX) : '';
  const name = text(block, NAME);
  const flag = block[TYPE]!;
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    type: flag === 0 ? '0' : String.fromCharCode(flag),
  };
}

/** The sum of the block's bytes with the checksum as spaces; of bytes with a sign too, as some programs wrote it. */
function checksums(block: Buffer): [number, number] {
  let [unsigned, signed] = [0, 0];
  for (let i = 0; i < TAR_BLOCK; i++) {
    const byte = i >= CHECKSUM[0] && i < CHECKSUM[1] ? 0x20 : block[i]!;
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  return [unsigned, signed];
}

/** Text up to the first NUL. */
function text(block: Buffer, [start, end]: Field): string {
  const nul = block.subarray(start, end).indexOf(0);
  return block.toString('utf8', start, nul < 0 ? end : start + nul);
}

function octal(block: Buffer, field: Field): number | null {
  const digits = text(block, field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : null;
}

function binary(block: Buffer, [start, end]: Field): number {
  return block.subarray(start + 1, end).reduce((number, byte) => number * 256 + byte, 0);
}
