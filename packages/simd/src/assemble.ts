import { type Code, type Local, unsigned, type ValueType } from './instructions.js';

/** A function without a result on whole numbers, pointers most of them; its body is made of instructions. */
export interface FunctionSource<Parameter extends string = string> {
  readonly parameters: readonly Parameter[];
  /** Those of the parameters that are float32 instead. */
  readonly floats?: readonly NoInfer<Parameter>[];
  body(parameters: Readonly<Record<Parameter, Local>>, scope: FunctionScope): Code;
}

/** What the body of a function is written in. */
export interface FunctionScope {
  /** A new variable, zero at the start. */
  local(type?: ValueType): Local;
  /** As many of them. */
  locals(count: number, type?: ValueType): Local[];
}

/** Lets TypeScript find the names of the parameters. */
export const functionOf = <Parameter extends string>(source: FunctionSource<Parameter>) => source;

const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const flatten = (code: Code): number[] => (typeof code === 'number' ? [code] : code.flatMap(flatten));
const sized = (content: number[]): number[] => [...unsigned(content.length), ...content];
const listOf = (items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (value: string): number[] => sized([...new TextEncoder().encode(value)]);
const section = (id: number, items: number[][]): number[] => [id, ...sized(listOf(items))];

/** A WebAssembly module in its binary form: it works on a memory imported as `env.memory` and exports `functions`. */
export function assemble(
  functions: Readonly<Record<string, FunctionSource>>,
  sharedMemory = false,
): Uint8Array<ArrayBuffer> {
  const sources = Object.values(functions);
  // At least no page; a shared memory is told its limit as well.
  const limits = sharedMemory ? [3, 0, ...unsigned(65536)] : [0, 0];
  return Uint8Array.from([
    ...[0, ...new TextEncoder().encode('asm'), 1, 0, 0, 0],
    ...section(
      1,
      sources.map(({ parameters, floats = [] }) => [
        0x60,
        ...listOf(parameters.map((name) => [typeCodes[floats.includes(name) ? 'f32' : 'i32']])),
        0,
      ]),
    ),
    ...section(2, [[...text('env'), ...text('memory'), 2, ...limits]]),
    ...section(
      3,
      sources.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      Object.keys(functions).map((name, index) => [...text(name), 0, ...unsigned(index)]),
    ),
    ...section(
      10,
      sources.map((source) => sized(bodyOf(source))),
    ),
  ]);
}

function bodyOf({ parameters, body }: FunctionSource): number[] {
  const declared: ValueType[] = [];
  const localAt = (index: number): Local => ({
    get: [0x20, unsigned(index)],
    set: (value) => [value, 0x21, unsigned(index)],
  });
  const local = (type: ValueType = 'i32') => localAt(parameters.length + declared.push(type) - 1);
  const locals = (count: number, type?: ValueType) => Array.from({ length: count }, () => local(type));
  const named = Object.fromEntries(parameters.map((name, index) => [name, localAt(index)]));
  const code = flatten(body(named, { local, locals }));
  return [...listOf(declared.map((type) => [1, typeCodes[type]])), ...code, 0x0b];
}
