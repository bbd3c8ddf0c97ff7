import { Constructor, constructorOf } from './constructors.js';
import { Refusal } from './file-bytes.js';
import { opcodeNames } from './opcode-names.js';
import { PickleBytes } from './pickle-bytes.js';
import { PickleStack } from './pickle-stack.js';
import { Skipped, SkippedNames } from './skipped.js';

/** The most steps of one pickle: what a hostile one can fill memory with is bounded by it. */
const mostSteps = 4_000_000;

/** What a pickle needs from its surroundings. */
export interface UnpickleOptions {
  /** Where the pickle begins. */
  readonly at?: number;
  /** What a persistent id stands for; without it the pickle may have none. */
  readonly persistent?: (id: readonly unknown[]) => unknown;
  /** Leave objects of unknown classes out, instead of refusing the pickle; false by default. */
  readonly skip?: boolean;
}

/**
 * Reads one pickle (protocols 2 to 5) by the opcodes that plain values and tensors need; refuses all others by name.
 *
 * Dictionaries become Maps, lists arrays, tuples frozen arrays. Nothing of the file is run: a name in it either is one
 * of {@link constructorOf}'s or is refused as soon as it is read; with `skip`, what the pickle would make with it is
 * {@link Skipped}, and what it would put into that is dropped.
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
  private readonly stack = new PickleStack();
  private readonly skipped = new SkippedNames();

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
        const value = this.stack.pop();
        if (!this.stack.isEmpty) throw new Refusal('it ends with more than one value');
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
        this.stack.mark();
        break;
      case 'N':
        this.stack.push(null);
        break;
      case '\x88':
        this.stack.push(true);
        break;
      case '\x89':
        this.stack.push(false);
        break;
      case 'J':
        this.stack.push(this.from.int32());
        break;
      case 'K':
        this.stack.push(this.from.byte());
        break;
      case 'M':
        this.stack.push(this.from.uint16());
        break;
      case '\x8a':
        this.stack.push(this.from.long(this.from.byte()));
        break;
      case 'G':
        this.stack.push(this.from.float64());
        break;
      case 'X':
      case 'T':
        this.stack.push(this.from.string(this.from.uint32()));
        break;
      case '\x8c':
      case 'U':
        this.stack.push(this.from.string(this.from.byte()));
        break;
      case '\x8d':
        this.stack.push(this.from.string(this.from.uint64()));
        break;
      case '}':
        this.stack.pushPart(new Map());
        break;
      case ']':
        this.stack.pushPart([]);
        break;
      case ')':
        this.stack.pushPart(Object.freeze([]));
        break;
      case 't':
        this.stack.pushPart(Object.freeze(this.stack.popToMark()));
        break;
      case '\x85':
        this.stack.pushPart(this.stack.tuple(1));
        break;
      case '\x86':
        this.stack.pushPart(this.stack.tuple(2));
        break;
      case '\x87':
        this.stack.pushPart(this.stack.tuple(3));
        break;
      case 'a':
        this.stack.append([this.stack.pop()]);
        break;
      case 'e':
        this.stack.append(this.stack.popToMark());
        break;
      case 's': {
        const value = this.stack.pop();
        this.stack.setItems([this.stack.pop(), value]);
        break;
      }
      case 'u':
        this.stack.setItems(this.stack.popToMark());
        break;
      case 'q':
        this.stack.keep(this.from.byte());
        break;
      case 'r':
        this.stack.keep(this.from.uint32());
        break;
      case '\x94':
        this.stack.keep();
        break;
      case 'h':
        this.stack.recall(this.from.byte());
        break;
      case 'j':
        this.stack.recall(this.from.uint32());
        break;
      case 'c': {
        const module = this.from.line();
        this.global(module, this.from.line());
        break;
      }
      case '\x93': {
        const name = this.stack.pop();
        const module = this.stack.pop();
        if (typeof module !== 'string' || typeof name !== 'string') throw new Refusal('a name should be a string');
        this.global(module, name);
        break;
      }
      case 'Q':
        this.persistent(this.stack.pop());
        break;
      case 'R': {
        const values = this.stack.pop();
        this.reduce(this.stack.pop(), values);
        break;
      }
      case 'b': // what Python keeps beside a dictionary, such as a state dict's versions: no value of it
        this.build(this.stack.pop());
        break;
      default:
        if (!this.options.skip || !this.skipStep(opcode)) {
          const name = opcodeNames[opcode] ? ` (${opcodeNames[opcode]})` : '';
          throw new Refusal(`opcode 0x${opcode.toString(16).padStart(2, '0')}${name} was found, which no tensors need`);
        }
    }
  }

  private global(module: string, name: string): void {
    const found = constructorOf(module, name, this.options.skip);
    this.stack.push(found instanceof Skipped ? this.skipped.of(found.name) : found);
  }

  /** The opcodes that only objects need; false if it is none of them, or the object's class is known. */
  private skipStep(opcode: number): boolean {
    const name = opcodeNames[opcode];
    if (name === 'SHORT_BINBYTES' || name === 'BINBYTES') {
      this.from.skip(name === 'BINBYTES' ? this.from.uint32() : this.from.byte());
      this.stack.push(this.skipped.of('builtins.bytes'));
      return true;
    }
    if (name !== 'NEWOBJ' && name !== 'NEWOBJ_EX') return false;
    // The values it is made of, and those with keywords.
    for (let i = 0; i < (name === 'NEWOBJ' ? 1 : 2); i++) this.stack.pop();
    return this.stack.top() instanceof Skipped;
  }

  private build(state: unknown): void {
    const made = this.stack.top();
    if (!(made instanceof Skipped || (made instanceof Map && state instanceof Map))) {
      throw new Refusal('only dictionaries may have attributes');
    }
  }

  private persistent(id: unknown): void {
    if (!this.options.persistent) throw new Refusal('a reference to a storage was found where none belongs');
    if (!Array.isArray(id)) throw new Refusal('a reference to a storage should be a tuple');
    this.stack.push(this.options.persistent(id));
  }

  private reduce(type: unknown, values: unknown): void {
    if (type instanceof Skipped && Array.isArray(values)) {
      // How Python makes objects of older pickles: the class is what counts.
      const made = /^copy_?reg\._reconstructor$/.test(type.name) ? values[0] : null;
      this.stack.pushPart(made instanceof Skipped ? made : type);
      return;
    }
    if (!(type instanceof Constructor) || !Array.isArray(values)) {
      throw new Refusal('a value is called that is no constructor');
    }
    if (!type.make) throw new Refusal(`${type.name} is called, which only names a storage's type`);
    this.stack.pushPart(type.make(values));
  }
}
