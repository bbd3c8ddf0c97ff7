import { basename } from 'node:path';
import type { LogRecord, RunInfo } from '@hcsc/train';
import { runsAge } from './runs-age.js';
import { alignedLines, epochsText, figuresText, plainText, shortNumber, UNKNOWN } from './runs-cells.js';
import type { ListedRun } from './runs-table.js';

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${units[power]}`;
}

/** Every figure of a record, with `.` between names: `loss 5.91  parts.icsc 3.2  time.step 0.31`. */
function figuresOf({ type: _type, step: _step, epoch: _epoch, ...rest }: LogRecord): string {
  const found: string[] = [];
  const walk = (name: string, value: unknown) => {
    if (typeof value === 'number') found.push(`${name} ${shortNumber(value)}`);
    else if (typeof value === 'object' && value !== null) {
      for (const [inner, part] of Object.entries(value)) walk(name === '' ? inner : `${name}.${inner}`, part);
    }
  };
  walk('', rest);
  return found.join('  ');
}

function checkpointLines({ checkpoints, stepsPerEpoch, epochs, best }: RunInfo, now: Date): string[] {
  const rows = checkpoints.map(({ path, step, bytes, written }, i) => [
    `  ${basename(path)}`,
    `step ${step}`,
    `epoch ${epochsText({ step, stepsPerEpoch, epochs })}`,
    size(bytes),
    runsAge(written, now),
    [i === 0 && 'latest', best?.step === step && 'best'].filter(Boolean).join(', '),
  ]);
  return rows.length === 0 ? ['checkpoints   none'] : ['checkpoints', ...alignedLines(rows)];
}

/**
 * All that is known of one run, a line a fact.
 *
 * @param more What is known of the pairs that it is trained on and of nearest neighbours, in a line each.
 */
export function runsDetails(
  { run, figures }: ListedRun,
  now: Date,
  { pairs = null, neighbours = null }: { pairs?: string | null; neighbours?: string | null } = {},
): string {
  const { name, folder, state, message, step, written, best } = run;
  const { step: lastStep, epoch: lastEpoch, warning } = run.last;
  const when = written ? `${runsAge(written, now)} (${written.toISOString()})` : UNKNOWN;
  const facts: [string, string | null][] = [
    ['run', `${name}, in ${folder}`],
    ['state', state ?? UNKNOWN],
    ['message', message],
    ['epochs', `${epochsText(run)}, ${step ?? UNKNOWN} steps`],
    ['last written', when],
    ['figures', figuresText(figures)],
    ['pairs', pairs],
    ['neighbours', neighbours],
    ['last step', lastStep && `${lastStep.step}: ${figuresOf(lastStep)}`],
    ['last epoch', lastEpoch && `${lastEpoch.epoch + 1}: ${figuresOf(lastEpoch)}`],
    ['last warning', warning && `step ${warning.step}: ${warning.message}`],
    ['best', best && `${best.figure} ${shortNumber(best.value)}, after step ${best.step - 1}`],
  ];
  const told = facts.flatMap(([label, value]) => (value === null ? [] : [[label, plainText(value)] as const]));
  const lines = alignedLines([...told, ['checkpoints', '']]).slice(0, -1);
  return [...lines, ...checkpointLines(run, now)].join('\n');
}
