import { dictKey } from './constructors.js';
import { Refusal } from './file-bytes.js';
import { Skipped } from './skipped.js';

/** The most lists, dictionaries, tuples and tensors of one pickle. */
const mostParts = 1_000_000;

/** The values that a pickle has made and not yet put anywhere, and those that it keeps to use again. */
export class PickleStack {
  private readonly values: unknown[] = [];
  /** The height of the stack at each open mark. */
  private readonly marks: number[] = [];
  private parts = 0;
  private readonly memo = new Map<number, unknown>();

  /** Is there neither a value nor a mark? */
  get isEmpty(): boolean {
    return this.values.length + this.marks.length === 0;
  }

  mark(): void {
    this.marks.push(this.values.length);
  }

  /** Keeps the last value, under the next index if none is given. */
  keep(index = this.memo.size): void {
    this.memo.set(index, this.top());
  }

  push(value: unknown): void {
    this.values.push(value);
  }

  /** Puts a list, a dictionary, a tuple or what a constructor made. */
  pushPart(part: unknown): void {
    if (++this.parts > mostParts) throw new Refusal(`it has more than ${mostParts} lists, dictionaries and tensors`);
    this.push(part);
  }

  top(): unknown {
    if (this.values.length <= (this.marks.at(-1) ?? 0)) throw new Refusal('a value should stand here, there is none');
    return this.values.at(-1);
  }

  pop(): unknown {
    this.top();
    return this.values.pop();
  }

  popToMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw new Refusal('a mark should stand before these values, there is none');
    return this.values.splice(mark);
  }

  tuple(length: number): readonly unknown[] {
    const values = Array.from({ length }, () => this.pop());
    return Object.freeze(values.reverse());
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (list instanceof Skipped) return;
    if (!Array.isArray(list) || Object.isFrozen(list)) throw new Refusal('only a list can be appended to');
    for (const value of values) list.push(value);
  }

  setItems(values: readonly unknown[]): void {
    const dict = this.top();
    if (dict instanceof Skipped) return;
    if (!(dict instanceof Map)) throw new Refusal('only a dictionary has items to set');
    if (values.length % 2) throw new Refusal('a key should have a value, one has none');
    for (let i = 0; i < values.length; i += 2) dict.set(dictKey(values[i]), values[i + 1]);
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw new Refusal(`value ${index} should have been kept, it was not`);
    this.push(this.memo.get(index));
  }
}
