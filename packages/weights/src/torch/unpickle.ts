import { Constructor, constructorOf, dictKey } from './constructors.js';
import { Refusal } from './file-bytes.js';
import { PickleBytes } from './pickle-bytes.js';

/** The most steps of one pickle: what a hostile one can fill memory with is bounded by it. */
const mostSteps = 4_000_000;
/** The most lists, dictionaries, tuples and tensors of one pickle. */
const mostParts = 1_000_000;

/** What a pickle needs from its surroundings. */
export interface UnpickleOptions {
  /** Where the pickle begins. */
  readonly at?: number;
  /** What a persistent id stands for; without it the pickle may have none. */
  readonly persistent?: (id: readonly unknown[]) => unknown;
}

/** The opcodes that run code of the file's choice, or need it: their names, for the refusal. */
const refused: Readonly<Record<number, string>> = {
  50: 'DUP',
  66: 'BINBYTES',
  67: 'SHORT_BINBYTES',
  70: 'FLOAT',
  73: 'INT',
  76: 'LONG',
  80: 'PERSID',
  83: 'STRING',
  86: 'UNICODE',
  100: 'DICT',
  103: 'GET',
  105: 'INST',
  108: 'LIST',
  111: 'OBJ',
  112: 'PUT',
  129: 'NEWOBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  139: 'LONG4',
  142: 'BINBYTES8',
  143: 'EMPTY_SET',
  144: 'ADDITEMS',
  145: 'FROZENSET',
  146: 'NEWOBJ_EX',
  150: 'BYTEARRAY8',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
};

/**
 * Reads one pickle (protocols 2 to 5) by the opcodes that plain values and tensors need; refuses all others by name.
 *
 * Dictionaries become Maps, lists arrays, tuples frozen arrays. Nothing of the file is run: a name in it either is one
 * of {@link constructorOf}'s or is refused as soon as it is read.
 *
 * @returns the value, and the position after it.
 * @throws Refusal that says at which byte.
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions = {}): { value: unknown; end: number } {
  const machine = new Machine(bytes, options);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(`at byte ${machine.opcodeAt} of its pickle, ${error.message}`);
  }
}

class Machine {
  opcodeAt = 0;
  private readonly from: PickleBytes;
  private readonly stack: unknown[] = [];
  /** The height of the stack at each open mark. */
  private readonly marks: number[] = [];
  private parts = 0;
  private readonly memo = new Map<number, unknown>();

  constructor(
    bytes: Uint8Array,
    private readonly options: UnpickleOptions,
  ) {
    this.from = new PickleBytes(bytes, options.at ?? 0);
  }

  run(): { value: unknown; end: number } {
    for (let steps = 0; steps < mostSteps; steps++) {
      this.opcodeAt = this.from.at;
      const opcode = this.from.byte();
      if (opcode === 0x2e) {
        const value = this.pop();
        if (this.stack.length + this.marks.length > 0) throw new Refusal('it ends with more than one value');
        return { value, end: this.from.at };
      }
      this.step(opcode);
    }
    throw new Refusal(`it goes on beyond ${mostSteps} steps, more than files of tensors have`);
  }

  private step(opcode: number): void {
    switch (String.fromCharCode(opcode)) {
      case '\x80': {
        const protocol = this.from.byte();
        if (protocol > 5) throw new Refusal(`protocol ${protocol} was found, 2 to 5 are known`);
        break;
      }
      case '\x95': // FRAME: its length only helps those that read ahead
        this.from.skip(8);
        break;
      case '(':
        this.marks.push(this.stack.length);
        break;
      case 'N':
        this.push(null);
        break;
      case '\x88':
        this.push(true);
        break;
      case '\x89':
        this.push(false);
        break;
      case 'J':
        this.push(this.from.int32());
        break;
      case 'K':
        this.push(this.from.byte());
        break;
      case 'M':
        this.push(this.from.uint16());
        break;
      case '\x8a':
        this.push(this.from.long(this.from.byte()));
        break;
      case 'G':
        this.push(this.from.float64());
        break;
      case 'X':
      case 'T':
        this.push(this.from.string(this.from.uint32()));
        break;
      case '\x8c':
      case 'U':
        this.push(this.from.string(this.from.byte()));
        break;
      case '\x8d':
        this.push(this.from.string(this.from.uint64()));
        break;
      case '}':
        this.pushPart(new Map());
        break;
      case ']':
        this.pushPart([]);
        break;
      case ')':
        this.pushPart(Object.freeze([]));
        break;
      case 't':
        this.pushPart(Object.freeze(this.popToMark()));
        break;
      case '\x85':
        this.pushPart(this.tuple(1));
        break;
      case '\x86':
        this.pushPart(this.tuple(2));
        break;
      case '\x87':
        this.pushPart(this.tuple(3));
        break;
      case 'a':
        this.append([this.pop()]);
        break;
      case 'e':
        this.append(this.popToMark());
        break;
      case 's': {
        const value = this.pop();
        this.setItems([this.pop(), value]);
        break;
      }
      case 'u':
        this.setItems(this.popToMark());
        break;
      case 'q':
        this.memo.set(this.from.byte(), this.top());
        break;
      case 'r':
        this.memo.set(this.from.uint32(), this.top());
        break;
      case '\x94':
        this.memo.set(this.memo.size, this.top());
        break;
      case 'h':
        this.recall(this.from.byte());
        break;
      case 'j':
        this.recall(this.from.uint32());
        break;
      case 'c': {
        const module = this.from.line();
        this.push(constructorOf(module, this.from.line()));
        break;
      }
      case '\x93': {
        const name = this.pop();
        const module = this.pop();
        if (typeof module !== 'string' || typeof name !== 'string') throw new Refusal('a name should be a string');
        this.push(constructorOf(module, name));
        break;
      }
      case 'Q':
        this.persistent(this.pop());
        break;
      case 'R': {
        const values = this.pop();
        this.reduce(this.pop(), values);
        break;
      }
      case 'b': // what Python keeps beside a dictionary, such as a state dict's versions: no value of it
        if (!(this.pop() instanceof Map && this.top() instanceof Map)) {
          throw new Refusal('only dictionaries may have attributes');
        }
        break;
      default: {
        const name = refused[opcode] ? ` (${refused[opcode]})` : '';
        throw new Refusal(`opcode 0x${opcode.toString(16).padStart(2, '0')}${name} was found, which no tensors need`);
      }
    }
  }

  private push(value: unknown): void {
    this.stack.push(value);
  }

  /** Puts a list, a dictionary, a tuple or what a constructor made. */
  private pushPart(part: unknown): void {
    if (++this.parts > mostParts) throw new Refusal(`it has more than ${mostParts} lists, dictionaries and tensors`);
    this.push(part);
  }

  private top(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw new Refusal('a value should stand here, there is none');
    return this.stack.at(-1);
  }

  private pop(): unknown {
    this.top();
    return this.stack.pop();
  }

  private popToMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw new Refusal('a mark should stand before these values, there is none');
    return this.stack.splice(mark);
  }

  private tuple(length: number): readonly unknown[] {
    const values = Array.from({ length }, () => this.pop());
    return Object.freeze(values.reverse());
  }

  private append(values: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list) || Object.isFrozen(list)) throw new Refusal('only a list can be appended to');
    for (const value of values) list.push(value);
  }

  private setItems(values: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw new Refusal('only a dictionary has items to set');
    if (values.length % 2) throw new Refusal('a key should have a value, one has none');
    for (let i = 0; i < values.length; i += 2) dict.set(dictKey(values[i]), values[i + 1]);
  }

  private recall(index: number): void {
    if (!this.memo.has(index)) throw new Refusal(`value ${index} should have been kept, it was not`);
    this.push(this.memo.get(index));
  }

  private persistent(id: unknown): void {
    if (!this.options.persistent) throw new Refusal('a reference to a storage was found where none belongs');
    if (!Array.isArray(id)) throw new Refusal('a reference to a storage should be a tuple');
    this.push(this.options.persistent(id));
  }

  private reduce(type: unknown, values: unknown): void {
    if (!(type instanceof Constructor) || !Array.isArray(values)) {
      throw new Refusal('a value is called that is no constructor');
    }
    if (!type.make) throw new Refusal(`${type.name} is called, which only names a storage's type`);
    this.pushPart(type.make(values));
  }
}
