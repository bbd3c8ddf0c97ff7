import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ReadTorchOptions, TorchFileError, type WeightsKind } from '@hcsc/weights';

/** What there is, in words. */
export const kindNames: Readonly<Record<WeightsKind, string>> = {
  safetensors: 'a safetensors file',
  torch: 'a PyTorch file',
  'layers-model': 'a model folder of TensorFlow.js',
};

/** Is this the name of a file of weights, rather than of a model folder? */
export const isWeightsFile = (path: string): boolean => /\.(?:pth|pt|pth\.tar|safetensors)$/i.test(path);

/** Refuses, before any work, a place that cannot be written to, or what is there unless it may be replaced. */
export async function checkOut(out: string, overwrite: boolean): Promise<void> {
  const fail = (problem: string): never => {
    throw new Error(`Cannot write ${out}: ${problem}`);
  };
  const there = await stat(out).catch(() => null);
  const replace = 'it is there already, give --overwrite to replace it, or another --out';
  if (isWeightsFile(out)) {
    const parent = await stat(dirname(out)).catch(() => null);
    if (!parent?.isDirectory()) fail(`there is no folder ${dirname(out)}, make it or give another --out`);
    if (there?.isDirectory()) fail('it is a folder, give --out a file in it');
    if (there && !overwrite) fail(replace);
    return;
  }
  if (!there) return;
  if (!there.isDirectory()) fail('it is a file, give --out the name of a folder');
  if ((await readdir(out)).length === 0) return;
  if (!existsSync(join(out, 'model.json'))) fail('it is a folder with other files, give --out a folder of its own');
  if (!overwrite) fail(replace);
}

/** Reads a file with its objects refused, or left out; the refusal names the command's option, not the function's. */
export async function withObjects<T>(
  skipObjects: boolean | undefined,
  read: (torch: ReadTorchOptions) => Promise<T>,
): Promise<T> {
  try {
    return await read({ objects: skipObjects ? 'skip' : 'refuse' });
  } catch (error) {
    if (error instanceof TorchFileError) error.message = error.message.replace("objects: 'skip'", '--skip-objects');
    throw error;
  }
}

/** Text of a file as a terminal can show it: without characters that move or hide what stands beside it. */
export function printable(text: string, most = 120): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (letter) => `\\u${letter.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** Lines of two columns, the first in one width for all. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}\n`).join('');
}
