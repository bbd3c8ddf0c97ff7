import { type Ablation, assertAblation } from '@hcsc/train';
import { importDefault } from './import-default.js';

/**
 * Imports an ablation file, TypeScript or JavaScript, and gives its default export.
 *
 * @throws Error if there is no such file; TypeError or RangeError if its default export is no ablation, or its grid cannot be.
 */
export async function loadAblation(file: string): Promise<Ablation> {
  const ablation = await importDefault(file, 'ablation');
  assertAblation(ablation, file);
  return ablation;
}
