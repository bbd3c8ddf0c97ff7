type Numbers = Int32Array | Float64Array;

/** Numbers of which nobody knows how many will come, in one typed array. */
export interface GrowingArray<T extends Numbers> {
  readonly length: number;
  push(value: number): void;
  /** The numbers so far, in an array of just that length. */
  done(): T;
}

/** Makes an empty {@link GrowingArray}: `growingArray(Int32Array)`. */
export function growingArray<T extends Numbers>(make: new (length: number) => T): GrowingArray<T> {
  let values = new make(16);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === values.length) {
        const larger = new make(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    done: () => values.slice(0, length) as T,
  };
}
