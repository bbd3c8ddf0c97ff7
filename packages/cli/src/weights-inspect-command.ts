import { inspectWeights, type TensorInfo, type WeightsInspection } from '@hcsc/weights';
import { columns, kindNames, printable, withObjects } from './weights-place.js';

export interface WeightsInspectOptions {
  all?: boolean;
  json?: boolean;
  skipObjects?: boolean;
}

/** How many tensors are listed where not all are asked for. */
const LISTED = 40;

const count = (value: number) => value.toLocaleString('en-US');

function size(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return power === 0
    ? `${bytes} bytes`
    : `${(bytes / 1000 ** power).toFixed(1)} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

function layoutText({ layout, prefix }: WeightsInspection): string {
  if (layout === null) return 'no ResNet among them';
  return `a ResNet, named as in ${layout}${prefix ? `, behind ${printable(prefix)}` : ''}`;
}

function table(tensors: readonly TensorInfo[]): string {
  const rows = tensors.map(({ name, dtype, shape }) => [printable(name), dtype, `[${shape.join(', ')}]`] as const);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)) + 2);
  return rows.map(([name, dtype, shape]) => `${name.padEnd(widths[0]!)}${dtype.padEnd(widths[1]!)}${shape}\n`).join('');
}

/** `hcsc weights inspect <path>`: says what weights there are; nothing of them is run. */
export async function weightsInspectCommand(path: string, options: WeightsInspectOptions): Promise<number> {
  const { all, json, skipObjects } = options;
  const found = await withObjects(skipObjects, (torch) => inspectWeights(path, { torch }));
  if (json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return 0;
  }
  const listed = all ? found.tensors : found.tensors.slice(0, LISTED);
  const metadata = Object.entries(found.metadata)
    .filter(([key]) => !(found.checksum && key.startsWith('sha256')))
    .map(([key, value]) => `${printable(key)} = ${printable(value)}`);
  const text = columns([
    ['kind', kindNames[found.kind]],
    ['names', layoutText(found)],
    ['tensors', `${count(found.tensors.length)}, of ${count(found.values)} values, ${size(found.bytes)}`],
    ['checksum', found.checksum ? 'fits' : 'none'],
    ...metadata.map((line, i) => [i === 0 ? 'metadata' : '', line] as const),
  ]);
  const more = found.tensors.length - listed.length;
  const rest = more > 0 ? `and ${count(more)} more: --all lists them\n` : '';
  process.stdout.write(`${found.path}\n${text}\n${table(listed)}${rest}`);
  return 0;
}
