/**
 * The tests that fail here for a good reason and that tfjs-node does not ignore: full name and reason. They run all the
 * same, and one that passes fails the run.
 *
 * @type {ReadonlyMap<string, string>}
 */
export const exceptions = new Map([
  [
    'gather test-tensorflow {} throws when index is out of bound',
    "it throws, in TensorFlow's own words: our kernel does not download the indices to look at them first",
  ],
]);
