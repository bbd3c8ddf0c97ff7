import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonObject } from './json-object.js';
import { RUN_FILES } from './run-files.js';

/** Is this the folder of a run? Where `config.json` is damaged, a log beside it tells. */
export async function isRun(folder: string): Promise<boolean> {
  const there = async (name: string) => (await stat(join(folder, name)).catch(() => null))?.isFile() === true;
  if (!(await there(RUN_FILES.config))) return false;
  const config = await jsonObject(join(folder, RUN_FILES.config));
  return config ? config.seed !== undefined && config.method !== undefined : there(RUN_FILES.log);
}
