import type { CApi, Pointer } from './c-api.js';
import { pointerAt } from './int64.js';
import type { Status } from './status.js';

/** One argument of an operation, as TensorFlow's registry defines it. */
export interface OpInput {
  readonly name: string;
  /** The attribute that holds how many tensors it takes, if it takes a list of one type. */
  readonly numberAttribute: string | null;
  /** Does it take a list of tensors? */
  readonly isList: boolean;
}

/**
 * The inputs of an operation: a node must be told which of them are lists.
 *
 * @throws TensorFlowError for an operation TensorFlow does not have.
 */
export function opInputs(api: CApi, status: Status, graph: Pointer, operation: string): OpInput[] {
  const buffer = api.TF_NewBuffer();
  try {
    api.TF_GraphGetOpDef(graph, operation, buffer, status.address);
    status.check(operation);
    // A TF_Buffer begins with the address of the data and its length.
    const head = new Uint32Array(4);
    api.copyFrom(head, buffer, head.byteLength);
    const definition = new Uint8Array(pointerAt(head, 1));
    api.copyFrom(definition, pointerAt(head, 0), definition.length);
    return readOpDef(definition);
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}

/** Field numbers of the protocol buffers `OpDef` and `OpDef.ArgDef` (`op_def.proto`). */
const INPUT_ARG = 2;
const NAME = 1;
const NUMBER_ATTR = 5;
const TYPE_LIST_ATTR = 6;

function readOpDef(definition: Uint8Array): OpInput[] {
  return fields(definition)
    .filter(({ number }) => number === INPUT_ARG)
    .map(({ bytes }) => {
      const texts = new Map(fields(bytes).map((field) => [field.number, new TextDecoder().decode(field.bytes)]));
      const numberAttribute = texts.get(NUMBER_ATTR) || null;
      return {
        name: texts.get(NAME) ?? '',
        numberAttribute,
        isList: numberAttribute !== null || Boolean(texts.get(TYPE_LIST_ATTR)),
      };
    });
}

interface Field {
  readonly number: number;
  /** What a field of length-delimited type holds; empty for a number. */
  readonly bytes: Uint8Array;
}

/** The fields of a serialised protocol buffer that has only varints and length-delimited fields, as these have. */
function fields(message: Uint8Array): Field[] {
  let position = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = message[position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const found: Field[] = [];
  while (position < message.length) {
    const tag = varint();
    const length = varint();
    if ((tag & 7) !== 2) continue;
    found.push({ number: tag >>> 3, bytes: message.subarray(position, position + length) });
    position += length;
  }
  return found;
}
