import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { openFile } from '../open-file.js';

/** What holds weights: a folder with `model.json`, a PyTorch file, or a safetensors file. */
export type WeightsKind = 'layers-model' | 'torch' | 'safetensors';

/** What it is, and where: of a run folder, the folder of its encoder. */
export interface WeightsPlace {
  readonly kind: WeightsKind;
  readonly path: string;
}

/** The first nine bytes of a file, or all if it has fewer. */
export async function firstBytes(path: string): Promise<Buffer> {
  const file = await openFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(9), 0, 9, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const endings: Readonly<Record<string, WeightsKind>> = {
  ...{ '.pth': 'torch', '.pt': 'torch', '.tar': 'torch' },
  '.safetensors': 'safetensors',
};

/**
 * Says what kind of weights there are, by the first bytes of a file, or else by its ending.
 *
 * @throws Error if there is nothing at `path`, or none of these.
 */
export async function weightsKind(path: string): Promise<WeightsPlace> {
  const stats = await stat(path).catch((error) => {
    throw new Error(
      `Cannot read weights from ${path}: ${error.code === 'ENOENT' ? 'it is not there' : error.message}`,
      {
        cause: error,
      },
    );
  });
  if (stats.isDirectory()) {
    const folder = [path, join(path, 'encoder')].find((place) => existsSync(join(place, 'model.json')));
    if (folder !== undefined) return { kind: 'layers-model', path: folder };
    throw new Error(`Cannot read weights from the folder ${path}: needed model.json in it, or encoder/model.json`);
  }
  const bytes = await firstBytes(path);
  // The header's length stands in eight bytes, and may begin like a pickle: what follows it does not.
  if (bytes[8] === 0x7b) return { kind: 'safetensors', path };
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04' || bytes[0] === 0x80) return { kind: 'torch', path };
  const kind = endings[extname(path).toLowerCase()];
  if (kind) return { kind, path };
  throw new Error(
    `Cannot read weights from ${path}: it begins like no PyTorch file (.pth, .pt) and no safetensors file`,
  );
}
