/** An error with a sentence behind its message; the same error where it can be changed. */
export function withSentence(error: unknown, sentence: string): Error {
  const message = `${error instanceof Error ? error.message : error}. ${sentence}`;
  if (error instanceof Error && Reflect.set(error, 'message', message)) return error;
  return new Error(message, { cause: error });
}
