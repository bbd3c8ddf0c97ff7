import {
  type Code,
  count,
  type FunctionScope,
  type FunctionSource,
  f32,
  f32x4,
  functionOf,
  i32,
  increase,
  type Lanes,
  type Local,
  repeat,
} from '@hcsc/simd';

type Values<Name extends string> = Readonly<Record<Name, Code>>;

/** A formula over one element of each matrix and the element of each vector that belongs to its column. */
export type Formula<Name extends string> = (values: Values<Name>, lanes: Lanes) => Code;

/** Sums formulas over the `rows` rows of matrices, into a vector of `rowBytes` bytes for each of them. */
export function sumOverRows<Matrix extends string, Vector extends string, Sum extends string>(
  matrices: readonly Matrix[],
  vectors: readonly Vector[],
  sums: Readonly<Record<Sum, Formula<Matrix | Vector>>>,
): FunctionSource<Matrix | Vector | Sum | 'rows' | 'rowBytes'> {
  const names = Object.keys(sums) as Sum[];
  return functionOf({
    parameters: [...matrices, ...vectors, ...names, 'rows', 'rowBytes'],
    body: (p, scope) =>
      inGroups(p, scope, matrices, vectors, ({ lanes, parts, column, values, overRows }) => {
        const totals = names.map(() => scope.locals(parts, lanes.type));
        const add = (part: number) =>
          names.map((name, i) => {
            const total = totals[i]![part]!;
            return total.set(lanes.add(total.get, sums[name](values(part), lanes)));
          });
        return [
          totals.flat().map((total) => total.set(lanes.zero)),
          overRows(add),
          names.map((name, i) =>
            totals[i]!.map((total, part) =>
              lanes.store(i32.add(p[name].get, column.get), total.get, part * lanes.bytes),
            ),
          ),
        ];
      }),
  });
}

/** Writes a formula for each element to the matrix `result`, of `rows` rows of `rowBytes` bytes as the others. */
export function mapColumns<Matrix extends string, Vector extends string>(
  matrices: readonly Matrix[],
  vectors: readonly Vector[],
  formula: Formula<Matrix | Vector>,
): FunctionSource<Matrix | Vector | 'result' | 'rows' | 'rowBytes'> {
  return functionOf({
    parameters: [...matrices, ...vectors, 'result', 'rows', 'rowBytes'],
    body: (p, scope) =>
      inGroups(p, scope, [...matrices, 'result'], vectors, ({ lanes, values, overRows, addressOf }) =>
        overRows((part) => lanes.store(addressOf('result'), formula(values(part), lanes), part * lanes.bytes)),
      ),
  });
}

/** The columns that are worked on together. */
interface Group<Matrix extends string, Vector extends string> {
  readonly lanes: Lanes;
  /** How many times the lanes. */
  readonly parts: number;
  /** The first column, in bytes. */
  readonly column: Local;
  values(part: number): Values<Matrix | Vector>;
  addressOf(matrix: Matrix): Code;
  overRows(body: (part: number) => Code): Code;
}

/** Goes over the columns of matrices: 8 of them, 4 or 1 at a time. */
function inGroups<Matrix extends string, Vector extends string>(
  p: Readonly<Record<Matrix | Vector | 'rows' | 'rowBytes', Local>>,
  scope: FunctionScope,
  matrices: readonly Matrix[],
  vectors: readonly Vector[],
  body: (group: Group<Matrix, Vector>) => Code,
): Code {
  const column = scope.local();
  const row = scope.local();
  const pointers = matrices.map(() => scope.local());
  const addressOf = (matrix: Matrix) => pointers[matrices.indexOf(matrix)]!.get;
  const kinds = [
    { lanes: f32x4 as Lanes, parts: 2 },
    { lanes: f32x4 as Lanes, parts: 1 },
    { lanes: f32, parts: 1 },
  ];
  return kinds.map(({ lanes, parts }) => {
    const bytes = parts * lanes.bytes;
    const held = vectors.map(() => scope.locals(parts, lanes.type));
    const values = (part: number) =>
      Object.fromEntries([
        ...matrices.map((matrix) => [matrix, lanes.load(addressOf(matrix), part * lanes.bytes)]),
        ...vectors.map((vector, i) => [vector, held[i]![part]!.get]),
      ]) as Values<Matrix | Vector>;
    const overRows = (visit: (part: number) => Code) => [
      pointers.map((pointer, i) => pointer.set(i32.add(p[matrices[i]!].get, column.get))),
      count(row, p.rows.get, 1, [
        Array.from({ length: parts }, (_, part) => visit(part)),
        pointers.map((pointer) => increase(pointer, p.rowBytes.get)),
      ]),
    ];
    return repeat(i32.less(i32.add(column.get, i32.const(bytes - 1)), p.rowBytes.get), [
      held.map((locals, i) =>
        locals.map((local, part) => local.set(lanes.load(i32.add(p[vectors[i]!].get, column.get), part * lanes.bytes))),
      ),
      body({ lanes, parts, column, values, addressOf, overRows }),
      increase(column, i32.const(bytes)),
    ]);
  });
}
