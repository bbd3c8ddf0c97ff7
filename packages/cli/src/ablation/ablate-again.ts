import { shellWord } from '../shell-word.js';
import type { AblateOptions } from './grid.js';

/** The command that goes on with an ablation, with the options that it was begun with. */
export function ablateAgain(file: string, options: AblateOptions): string {
  const { set = {}, runs, only = {}, seeds, backend, threads, workers, compile = true, quiet } = options;
  const valued = { runs, seeds: seeds?.join(','), backend, threads, workers };
  return [
    `hcsc ablate ${shellWord(file)}`,
    ...Object.entries(set).map(([key, value]) => `--set ${shellWord(`${key}=${value}`)}`),
    ...Object.entries(only).map(([name, labels]) => `--only ${shellWord(`${name}=${labels.join(',')}`)}`),
    ...Object.entries(valued).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${shellWord(String(value))}`],
    ),
    ...(compile ? [] : ['--no-compile']),
    ...(quiet ? ['--quiet'] : []),
  ].join(' ');
}
