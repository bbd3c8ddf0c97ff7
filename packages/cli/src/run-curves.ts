import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Curve, CurveSeries } from '@hcsc/report';
import type { LogRecord } from '@hcsc/train';
import { namedFigure } from './named-figure.js';
import { type ThinCurve, thinCurve } from './thin-curve.js';

/** Points of a curve that are kept. */
const POINTS = 2000;

/** Warnings that are shown. */
const WARNINGS = 20;

/** What a log has to show. */
export interface RunCurves {
  readonly curves: readonly Curve[];
  /** A line each; of many the first, and how many more there are. */
  readonly warnings: readonly string[];
}

/** Figures among the parts of a loss that are none: what else a method measures in a step. */
const NO_LOSS = /^(keep\d*|accuracy|positive|negative)$/;

/** A plot of the figures whose path is matched; what the match captures is a line's name. */
interface Plot {
  readonly title: string;
  readonly yLabel: string;
  readonly figures: RegExp;
  readonly names?: Readonly<Record<string, string>>;
}

const PLOTS: readonly Plot[] = [
  { title: 'Loss', yLabel: 'loss', figures: /^step\.(loss)$|^step\.parts\.(.*)$/, names: { loss: 'total' } },
  { title: 'Similarity', yLabel: 'cosine', figures: /^step\.parts\.(positive|negative)$/ },
  { title: 'Contrastive accuracy', yLabel: 'share of queries', figures: /^step\.parts\.(accuracy)$/ },
  { title: 'Negatives kept, by level', yLabel: 'share of the queue', figures: /^step\.parts\.(keep\d*)$/ },
  { title: 'Queue', yLabel: 'share that is filled', figures: /^step\.state\.(queue)$/ },
  { title: 'Momentum of the key encoder', yLabel: 'momentum', figures: /^step\.state\.(momentum)$/ },
  { title: 'Spread of the features', yLabel: '0: collapsed, 1: even', figures: /^step\.features\.(spread)$/ },
  { title: 'Effective rank of the features', yLabel: 'dimensions', figures: /^step\.features\.(rank)$/ },
  { title: 'Balance of the clusters, by level', yLabel: '1: all as large', figures: /^epoch\.before\.(balance\d+)$/ },
  { title: 'Prototypes in use, by level', yLabel: 'share', figures: /^epoch\.before\.(used\d+)$/ },
  {
    title: 'Learning rate',
    yLabel: 'rate',
    figures: /^step\.(learningRate)$/,
    names: { learningRate: 'learning rate' },
  },
  {
    title: 'Speed',
    yLabel: 'images per second',
    figures: /^epoch\.time\.(imagesPerSecond)$/,
    names: { imagesPerSecond: 'training' },
  },
  { title: 'Memory', yLabel: 'MiB', figures: /^step\.memory\.(resident)$/ },
];

/** Figures of which each has a plot of its own, unless it is in one of those. */
const OTHERS: readonly Pick<Plot, 'yLabel' | 'figures'>[] = [
  { yLabel: 'validation', figures: /^epoch\.validation\.(.*)$/ },
  // The balance of the clusters is also that of the epoch.
  { yLabel: 'after each step', figures: /^step\.state\.(?!balance\d)(.*)$/ },
  { yLabel: 'before each epoch', figures: /^epoch\.before\.(.*)$/ },
];

/** Every number of a record by its path, `step.parts.icsc`. */
function* numbers(path: string, value: unknown): Generator<[path: string, value: number]> {
  if (typeof value === 'number') yield [path, value];
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) yield* numbers(`${path}.${name}`, inner);
  }
}

function parsed(line: string): LogRecord | null {
  try {
    const record = JSON.parse(line) as LogRecord | null;
    return typeof record === 'object' ? record : null;
  } catch {
    return null; // a damaged line takes nothing from the others
  }
}

/** In epochs: where a step stands, where an epoch began (what was measured before it) or ended. */
function place(record: LogRecord, path: string, stepsPerEpoch: number): number {
  if (record.type === 'step') return record.step / stepsPerEpoch;
  return path.startsWith('epoch.before.') ? record.epoch : record.epoch + 1;
}

/** Parts that say themselves what they are, those of one plot together; they are taken from `left`. */
function namedPlots(series: ReadonlyMap<string, ThinCurve>, left: Set<string>): Curve[] {
  const found = new Map<string, Curve & { series: CurveSeries[] }>();
  for (const path of [...left]) {
    const figure = path.startsWith('step.parts.') ? namedFigure(path.slice('step.parts.'.length)) : null;
    if (!figure) continue;
    left.delete(path);
    const { line, ...plot } = figure;
    const curve = found.get(plot.title) ?? { ...plot, xLabel: 'epoch', series: [] };
    found.set(plot.title, curve);
    const points = series.get(path)!.points();
    if (points.x.length > 0) curve.series.push({ name: line, ...points });
  }
  const isShare = ({ yRange }: Curve) => Number(yRange !== undefined);
  return [...found.values()].sort((a, b) => isShare(a) - isShare(b));
}

function plots(series: ReadonlyMap<string, ThinCurve>): Curve[] {
  const left = new Set(series.keys());
  const named = namedPlots(series, left);
  const take = (figures: RegExp, names: Readonly<Record<string, string>>): CurveSeries[] =>
    [...left].flatMap((path) => {
      const name = figures.exec(path)?.slice(1).find(Boolean);
      if (name === undefined || (figures === PLOTS[0]!.figures && NO_LOSS.test(name))) return [];
      left.delete(path);
      const points = series.get(path)!.points();
      const isLine = points.x.length > (path.startsWith('epoch.') ? 1 : 0);
      return isLine ? [{ name: names[name] ?? name, ...points }] : [];
    });
  const xLabel = 'epoch';
  const [loss, ...known] = PLOTS.map(({ title, yLabel, figures, names = {} }) => {
    return { title, xLabel, yLabel, series: take(figures, names) };
  });
  const others = OTHERS.flatMap(({ yLabel, figures }) =>
    take(figures, {}).map((one) => ({ title: one.name, xLabel, yLabel, series: [one] })),
  );
  return [loss!, ...named, ...known, ...others].filter((plot) => plot.series.length > 0);
}

/**
 * The curves and warnings of a run's log, which may be of any length: it is read line by line, and of each curve some
 * 2,000 points are kept, all peaks among them.
 */
export async function runCurves(log: string, stepsPerEpoch: number): Promise<RunCurves> {
  const series = new Map<string, ThinCurve>();
  const warnings: string[] = [];
  let unsaid = 0;
  for await (const line of createInterface({ input: createReadStream(log), crlfDelay: Number.POSITIVE_INFINITY })) {
    const record = parsed(line);
    if (record?.type === 'warning') {
      if (warnings.length < WARNINGS) warnings.push(`Step ${record.step}: ${record.message}`);
      else unsaid++;
    } else if (record?.type === 'step' || record?.type === 'epoch') {
      const { type, step: _step, epoch: _epoch, ...figures } = record;
      for (const [path, value] of numbers(type, figures)) {
        const curve = series.get(path) ?? thinCurve(POINTS);
        series.set(path, curve);
        curve.add(place(record, path, stepsPerEpoch), value);
      }
    }
  }
  if (unsaid > 0) warnings.push(`And ${unsaid.toLocaleString('en')} more, in the log.`);
  return { curves: plots(series), warnings };
}
