import type { PretrainCommandOptions } from './pretrain-command.js';
import { shellWord } from './shell-word.js';

/** An option as it is typed: `--checkpoint-epochs` of `checkpointEpochs`. */
const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The command that goes on, with the options that it was begun with. */
export function pretrainAgain(file: string, folder: string, options: PretrainCommandOptions): string {
  const { set = {}, backend, threads, compile = true, workers, evaluate = true, tensorboard, quiet } = options;
  const { pairs, checkpointEpochs, checkpointMinutes, keep } = options;
  const settings = Object.entries(set).map(([key, value]) => `--set ${shellWord(`${key}=${value}`)}`);
  const valued = { backend, threads, workers, checkpointEpochs, checkpointMinutes, keep };
  const flags = {
    '--no-compile': !compile,
    '--no-evaluate': !evaluate,
    '--tensorboard': tensorboard,
    '--quiet': quiet,
  };
  return [
    `hcsc pretrain ${shellWord(file)}`,
    ...settings,
    `--run ${shellWord(folder)}`,
    ...(pairs === undefined ? [] : [`--pairs ${shellWord(pairs)}`]),
    ...Object.entries(valued).flatMap(([name, value]) => (value === undefined ? [] : `${flag(name)} ${value}`)),
    ...Object.entries(flags).flatMap(([name, given]) => (given ? name : [])),
  ].join(' ');
}
