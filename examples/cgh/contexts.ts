/** One of the two features of an image. */
export type Context = 'global' | 'hypercolumn';

/** Something for each context that a method has. */
export type Contexts<T> = Readonly<Partial<Record<Context, T>>>;

/** Who learns from whom: the student's relations to its queue shall be the teacher's to its own. */
export interface Direction {
  readonly teacher: Context;
  readonly student: Context;
}

/** The contexts that there is something for. */
export const contextsIn = (values: Contexts<unknown>): Context[] =>
  (['global', 'hypercolumn'] as const).filter((context) => values[context] !== undefined);
