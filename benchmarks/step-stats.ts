/** One operation as it ran, in milliseconds from any beginning. */
export interface OperationRun {
  readonly operation: string;
  /** Tells this operation of a step from the others, and is the same at each step. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

const none: Uint8Array = new Uint8Array(0);
const text = (bytes = none) => new TextDecoder().decode(bytes);

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
    const value = varint();
    const bytes = (tag & 7) === 2 ? message.subarray(position, position + value) : none;
    position += bytes.length;
    found.push({ number: tag >>> 3, value, bytes });
  }
  return found;
}

/** The nodes of a graph as they ran, from a serialised `RunMetadata` (`config.proto`, `step_stats.proto`). */
export function readStepStats(runMetadata: Uint8Array): OperationRun[] {
  const inside = (messages: Uint8Array[], number: number) =>
    messages.flatMap(fields).flatMap((field) => (field.number === number ? [field.bytes] : []));
  const [stepStats, deviceStats, nodeStats] = [1, 1, 2];
  return inside(inside(inside([runMetadata], stepStats), deviceStats), nodeStats).map((node) => {
    const by = new Map(fields(node).map((field) => [field.number, field]));
    // NodeExecStats: node_name 1, timeline_label 8, all_start_nanos 13, op_start_rel_nanos 14, op_end_rel_nanos 15.
    const at = (number: number) => (by.get(number)?.value ?? 0) / 1e6;
    const key = text(by.get(1)?.bytes);
    // "name = Op(input, …)"
    const operation = /^.* = (\w+)\(/.exec(text(by.get(8)?.bytes))?.[1] ?? key;
    return { operation, key, start: at(13) + at(14), end: at(13) + at(15) };
  });
}
