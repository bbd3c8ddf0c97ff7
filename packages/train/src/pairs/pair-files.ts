/** What stands where in a folder of pairs. */
export const PAIR_FILES = {
  features: 'features.safetensors',
  pairs: 'pairs.safetensors',
  lines: 'pairs.jsonl',
  summary: 'mining.json',
  page: 'pairs.html',
  /** Features of the images that are done, while the others are not. */
  parts: 'parts',
  lock: 'lock.json',
} as const;
