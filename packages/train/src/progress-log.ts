import { Presets, SingleBar } from 'cli-progress';
import type { EpochRecord, StepRecord } from './log-record.js';
import type { Logger } from './logger.js';

/** Where and how {@link progressLog} writes. */
export interface ProgressOptions {
  /** Where it is written. Default standard error. */
  stream?: NodeJS.WriteStream;
  /** A bar rather than lines. Default: whether the stream is a terminal. */
  bar?: boolean;
}

const figure = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Characters that the parts of a loss may take of a line. */
const WIDTH = 120;

/** Is it a figure of another part, such as `toGlobalAgreement` of `toGlobal`? */
const isOfAnother = (name: string, all: readonly string[]): boolean =>
  all.some((other) => name.startsWith(other) && /^[A-Z]/.test(name.slice(other.length)));

/** The loss and its parts, without figures that are of one of these, as far as a line has room: all are in the log. */
function figures(loss: number, parts: Readonly<Record<string, number>>): string {
  const names = Object.keys(parts);
  const texts = names.filter((name) => !isOfAnother(name, names)).map((name) => `  ${name} ${figure(parts[name]!)}`);
  let line = `loss ${figure(loss)}`;
  for (const [i, text] of texts.entries()) {
    if (line.length + text.length > WIDTH) return `${line}  and ${texts.length - i} more`;
    line += text;
  }
  return line;
}

/** Seconds as people say them: `8 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/**
 * Shows how far a run is: a bar with loss parts, images per second and time left in a terminal; otherwise one plain line
 * an epoch, and one a minute in epochs that take longer. Warnings have a line of their own.
 */
export function progressLog({ stream = process.stderr, bar = stream.isTTY === true }: ProgressOptions = {}): Logger {
  return bar ? barLog(stream) : lineLog(stream);
}

/** Seconds between two lines. */
const QUIET = 60;

function barLog(stream: NodeJS.WriteStream): Logger {
  const bar = new SingleBar(
    {
      stream,
      format: '{run} [{bar}] epoch {epoch}/{epochs}  {left} left  {speed} images/s  {figures}',
      hideCursor: true,
      barsize: 20,
      clearOnComplete: false,
      linewrap: false,
      gracefulExit: false,
    },
    Presets.legacy,
  );
  let total = 0;
  let first = 0;
  let started = 0;
  const say = (line: string) => {
    stream.write(`\r\u001b[K${line}\n`);
    if (bar.isActive) bar.render();
  };
  return {
    notice: say,
    start({ name, epochs, stepsPerEpoch, step }) {
      total = epochs * stepsPerEpoch;
      first = step;
      started = performance.now();
      const epoch = Math.floor(step / stepsPerEpoch) + 1;
      bar.start(total, step, { run: name, epoch, epochs, left: '…', speed: '…', figures: '' });
    },
    phase(name) {
      bar.update({ figures: name });
    },
    log(record) {
      if (record.type === 'warning') say(`Warning: ${record.message}`);
      if (record.type !== 'step') return;
      const done = record.step + 1;
      const perStep = (performance.now() - started) / 1000 / (done - first);
      bar.update(done, {
        epoch: record.epoch + 1,
        left: duration(perStep * (total - done)),
        speed: figure(record.time.imagesPerSecond ?? 0),
        figures: figures(record.loss, record.parts),
      });
    },
    async close() {
      bar.stop();
    },
  };
}

function lineLog(stream: NodeJS.WriteStream): Logger {
  let total = 0;
  let perEpoch = 0;
  let first = 0;
  let epochCount = 0;
  let started = 0;
  let said = 0;
  const say = (line: string) => {
    stream.write(`${line}\n`);
    said = performance.now();
  };
  const figuresOf = (record: StepRecord | EpochRecord, done: number) => {
    const left = ((performance.now() - started) / (done - first)) * (total - done);
    const speed = `${figure(record.time.imagesPerSecond ?? 0)} images/s  ${duration(left / 1000)} left`;
    return `${figures(record.loss, record.parts)}  ${speed}`;
  };
  return {
    notice: say,
    start({ name, epochs, stepsPerEpoch, step }) {
      total = epochs * stepsPerEpoch;
      perEpoch = stepsPerEpoch;
      first = step;
      epochCount = epochs;
      started = performance.now();
      say(`${name}: ${epochs} epochs of ${stepsPerEpoch} steps${step > 0 ? `, going on from step ${step}` : ''}`);
    },
    log(record) {
      if (record.type === 'warning') return say(`Warning: ${record.message}`);
      const epoch = `epoch ${record.epoch + 1}/${epochCount}`;
      if (record.type === 'epoch') return say(`${epoch}  ${figuresOf(record, record.step)}`);
      if (performance.now() - said < QUIET * 1000) return;
      const done = record.step + 1;
      say(`${epoch}, step ${done - record.epoch * perEpoch}/${perEpoch}  ${figuresOf(record, done)}`);
    },
    async close() {},
  };
}
