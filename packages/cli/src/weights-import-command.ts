import { startRuntime } from '@hcsc/runtime';
import { exportBackbone, type ImportReport, importBackbone } from '@hcsc/weights';
import { checkOut, columns, isWeightsFile, kindNames, printable, withObjects } from './weights-place.js';

export interface WeightsImportOptions {
  out: string;
  input?: [number, number, number];
  prefix?: string;
  encoder?: 'query' | 'key';
  skipObjects?: boolean;
  strict?: boolean;
  overwrite?: boolean;
}

/** How many names of a kind are listed. */
const LISTED = 20;

function counts(dropped: ImportReport['dropped']): string {
  const reasons = new Map<string, number>();
  for (const { why } of dropped) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  const parts = [...reasons].sort(([, a], [, b]) => b - a).map(([why, many]) => `${many} ${why}`);
  return dropped.length === 0 ? 'none' : `${dropped.length}: ${parts.join(', ')}`;
}

/** What became of the tensors of a file, as lines. */
export function importText({ kind, layout, prefix, loaded, dropped, unexpected }: ImportReport): string {
  const names = unexpected.slice(0, LISTED).map((name) => printable(name));
  const more = unexpected.length > LISTED ? `, and ${unexpected.length - LISTED} more` : '';
  return columns([
    ['from', kindNames[kind]],
    ...(layout === kind ? [] : [['names', `${layout}${prefix ? `, behind ${printable(prefix)}` : ''}`] as const]),
    ['loaded', `${loaded.length} weights, none missing`],
    ['dropped', counts(dropped)],
    ['unexpected', unexpected.length === 0 ? 'none' : `${unexpected.length}, not loaded: ${names.join(', ')}${more}`],
  ]);
}

/** `hcsc weights import <file> --out <folder>`: a backbone from anybody's file, as a model folder. */
export async function weightsImportCommand(path: string, options: WeightsImportOptions): Promise<number> {
  const { out, input, prefix, encoder, skipObjects, strict, overwrite = false } = options;
  if (isWeightsFile(out)) {
    throw new RangeError(
      `Cannot import into the file ${out}: give --out a folder; a file is written by hcsc weights export ${path} --out ${out}`,
    );
  }
  await checkOut(out, overwrite);
  const runtime = await startRuntime({ backend: 'cpu', log: () => {} });
  try {
    const { model, report } = await withObjects(skipObjects, (torch) =>
      importBackbone(path, { inputShape: input, prefix, encoder, strict, torch }),
    );
    try {
      await exportBackbone(model, out, { format: 'layers-model' });
      const [images, features] = [model.inputs[0]!.shape, model.outputs[0]!.shape].map((shape) => shape.slice(1));
      process.stdout.write(
        `${importText(report)}${out}: images [${images!.join(', ')}] to ${features!.join(', ')} features\n`,
      );
      return 0;
    } finally {
      model.dispose();
    }
  } finally {
    runtime.stop();
  }
}
