/** Very many paths in little memory: their UTF-8 bytes, one after the other, and where each ends. */
export interface PathTable {
  readonly length: number;
  /** The bytes of memory that the paths take here. */
  readonly bytes: number;
  push(path: string): void;
  /** The path at an index, made anew at each call. */
  at(index: number): string;
  /**
   * Sorts the paths from `start` on by folder, those of one folder by name, both by code point: the order in which
   * torchvision's `ImageFolder` has the files of a class.
   */
  sortFrom(start: number): void;
  /** Gives back the memory that was set aside for more paths. */
  trim(): void;
}

const SLASH = 0x2f;
const MOST_BYTES = 2 ** 32 - 1;

/** Makes an empty {@link PathTable}. */
export function pathTable(): PathTable {
  let text = Buffer.alloc(1024);
  let ends = new Uint32Array(32);
  let length = 0;
  let used = 0;
  const startOf = (index: number) => (index === 0 ? 0 : ends[index - 1]!);

  const folderEnd = (index: number) => {
    const start = startOf(index);
    for (let i = ends[index]! - 1; i >= start; i--) if (text[i] === SLASH) return i - start;
    return 0;
  };
  const compare = (a: number, b: number) => {
    const [startA, startB] = [startOf(a), startOf(b)];
    const shorter = Math.min(ends[a]! - startA, ends[b]! - startB);
    let same = 0;
    while (same < shorter && text[startA + same] === text[startB + same]) same++;
    const [folderA, folderB] = [folderEnd(a), folderEnd(b)];
    // One folder's path is the beginning of the other's.
    if (same >= Math.min(folderA, folderB) && folderA !== folderB) return folderA - folderB;
    if (same === shorter) return ends[a]! - startA - (ends[b]! - startB);
    return text[startA + same]! - text[startB + same]!;
  };

  return {
    get length() {
      return length;
    },
    get bytes() {
      return text.byteLength + ends.byteLength;
    },
    push(path) {
      const needed = used + 3 * path.length; // UTF-8 takes at most 3 bytes for a UTF-16 unit
      if (needed > MOST_BYTES) throw new RangeError(`Cannot list more than ${length} paths: they take 4 GiB`);
      if (needed > text.length) text = Buffer.concat([text.subarray(0, used)], Math.max(needed, 2 * text.length));
      if (length === ends.length) {
        const larger = new Uint32Array(2 * length);
        larger.set(ends);
        ends = larger;
      }
      used += text.write(path, used);
      ends[length++] = used;
    },
    at(index) {
      if (!Number.isInteger(index) || index < 0 || index >= length) {
        throw new RangeError(`Cannot give path ${index}: there are ${length}, from 0`);
      }
      return text.toString('utf8', startOf(index), ends[index]);
    },
    sortFrom(start) {
      const order = Uint32Array.from({ length: length - start }, (_, i) => start + i).sort(compare);
      const first = startOf(start);
      const sorted = Buffer.alloc(used - first);
      const sizes = order.map((index) => ends[index]! - startOf(index));
      let end = 0;
      order.forEach((index, i) => {
        text.copy(sorted, end, startOf(index), ends[index]);
        end += sizes[i]!;
      });
      sorted.copy(text, first);
      end = first;
      sizes.forEach((size, i) => {
        end += size;
        ends[start + i] = end;
      });
    },
    trim() {
      text = Buffer.concat([text.subarray(0, used)]);
      ends = ends.slice(0, length);
    },
  };
}
