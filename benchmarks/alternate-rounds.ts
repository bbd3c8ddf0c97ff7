import { type Peer, type PeerCommand, startPeer } from './peer.js';
import { machineCpuSeconds } from './process-usage.js';
import { median } from './results.js';

/** The rounds of one participant. */
export interface Figures {
  readonly version: string;
  readonly parameters: number;
  /** Images per second of each round, in order. */
  readonly rounds: readonly number[];
  /** Steps in each round. */
  readonly steps: number;
  /** Most resident memory of its process, warm-up included, in MiB; null where it is not known. */
  readonly memory: number | null;
  /** Resident when it had said what it is, in MiB; `memory` counts from there on. Null unless `fromStart` was asked for. */
  readonly memoryAtStart: number | null;
  /** After the steps of warm-up. */
  readonly loss: number;
  /** Share of one processor that it used while others had their rounds; should be 0. */
  readonly idle: number | null;
}

/** What all participants came to. */
export interface Alternated {
  /** By name; a string says why there are no figures. */
  readonly figures: Readonly<Record<string, Figures | string>>;
  /** Share of the machine's processor time that others than the participants used during the rounds; null if unknown. */
  readonly foreign: number | null;
}

export interface AlternateOptions {
  rounds: number;
  /** A round does as many steps as take this long, at least two. */
  seconds: number;
  cores: number;
  batch: number;
  /** Steps of each round, instead of `seconds`; then there is one step of warm-up. */
  steps?: number;
  /** Whether what a participant needed to get ready is no part of its `memory`. Default false. */
  fromStart?: boolean;
}

interface Running {
  readonly name: string;
  readonly peer: Peer;
  readonly steps: number;
  readonly rounds: number[];
  readonly loss: number;
  readonly memoryAtStart: number | null;
  idleSince: number | null;
  idleSeconds: number;
}

/**
 * Starts all participants, warms each up, and lets them do rounds in turn; the first of a round moves on by one, so that
 * none always comes after the same other.
 */
export async function alternate(
  commands: Readonly<Record<string, PeerCommand>>,
  { rounds, seconds, cores, batch, steps: given, fromStart = false }: AlternateOptions,
): Promise<Alternated> {
  const running: Running[] = [];
  const problems: Record<string, string> = {};
  try {
    for (const [name, command] of Object.entries(commands)) {
      if (running.some((other) => other.name === command.onlyWithout)) continue;
      const peer = await startPeer(command);
      if (typeof peer === 'string') {
        problems[name] = peer;
        continue;
      }
      try {
        const memoryAtStart = fromStart ? peer.forgetPeak() : null;
        // The first step traces, allocates and tunes; the next say how long a step takes.
        const first = await peer.round(1);
        const { imagesPerSecond, loss } = given === undefined ? await peer.round(2) : first;
        const steps = given ?? Math.max(2, Math.ceil((seconds * imagesPerSecond) / batch));
        running.push({ name, peer, steps, rounds: [], loss, memoryAtStart, idleSince: null, idleSeconds: 0 });
      } catch (error) {
        problems[name] = (error as Error).message;
      }
    }
    for (const one of running) one.idleSince = one.peer.cpuSeconds();
    const started = { time: performance.now(), machine: machineCpuSeconds(), own: ownSeconds(running) };
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < running.length; turn++) await takeTurn(running[(round + turn) % running.length]!);
    }
    const elapsed = (performance.now() - started.time) / 1000;
    const machine = machineCpuSeconds();
    const busy = machine === null || started.machine === null ? null : machine - started.machine;
    const own = ownSeconds(running) - started.own;
    const figures = running.map(({ name, peer, ...rest }): [string, Figures] => {
      const { rounds, steps, loss, memoryAtStart, idleSince, idleSeconds } = rest;
      const working = rounds.reduce((sum, speed) => sum + (steps * batch) / speed, 0);
      return [
        name,
        {
          version: peer.version,
          parameters: peer.parameters,
          rounds,
          steps,
          memory: peer.peakMemory(),
          memoryAtStart,
          loss,
          idle: idleSince === null || running.length < 2 ? null : idleSeconds / (elapsed - working),
        },
      ];
    });
    return {
      figures: { ...problems, ...Object.fromEntries(figures) },
      foreign: busy === null ? null : Math.max(0, busy - own) / (elapsed * cores),
    };
  } finally {
    await Promise.all(running.map(({ peer }) => peer.stop()));
  }
}

async function takeTurn(one: Running): Promise<void> {
  const before = one.peer.cpuSeconds();
  if (before !== null && one.idleSince !== null) one.idleSeconds += before - one.idleSince;
  const { imagesPerSecond, loss } = await one.peer.round(one.steps);
  if (!Number.isFinite(loss)) throw new Error(`${one.name}: the loss is ${loss} after ${one.rounds.length} rounds`);
  one.rounds.push(imagesPerSecond);
  one.idleSince = one.peer.cpuSeconds();
}

/** Processor time of the participants and of this process. */
function ownSeconds(running: readonly Running[]): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + running.reduce((sum, { peer }) => sum + (peer.cpuSeconds() ?? 0), 0);
}

/** Middle, smallest and largest round. */
export function summary({ rounds }: Figures): { median: number; spread: [number, number] } {
  return { median: median(rounds), spread: [Math.min(...rounds), Math.max(...rounds)] };
}
