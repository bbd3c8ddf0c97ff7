import { startRuntime } from '@hcsc/runtime';
import { exportBackbone, importBackbone } from '@hcsc/weights';
import { importText } from './weights-import-command.js';
import { checkOut, withObjects } from './weights-place.js';

export interface WeightsExportOptions {
  out: string;
  prefix?: string;
  encoder?: 'query' | 'key';
  skipObjects?: boolean;
  overwrite?: boolean;
}

/** `hcsc weights export <path> --out <file or folder>`: the backbone of a run, a model folder or a file, without heads. */
export async function weightsExportCommand(path: string, options: WeightsExportOptions): Promise<number> {
  const { out, prefix, encoder, skipObjects, overwrite = false } = options;
  await checkOut(out, overwrite);
  const runtime = await startRuntime({ backend: 'cpu', log: () => {} });
  try {
    const { model, report } = await withObjects(skipObjects, (torch) =>
      importBackbone(path, { prefix, encoder, torch }),
    );
    try {
      await exportBackbone(model, out);
      process.stdout.write(`${importText(report)}${out}: ${report.loaded.length} weights, without heads\n`);
      return 0;
    } finally {
      model.dispose();
    }
  } finally {
    runtime.stop();
  }
}
