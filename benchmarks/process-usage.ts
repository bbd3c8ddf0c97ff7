import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

let ticksPerSecond: number | undefined;

/** Processor time is counted in ticks, on nearly every Linux 100 a second. */
function ticks(): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticksPerSecond;
}

/** What `/proc/<pid>/stat` says of a process; null if there is none. */
function statOf(pid: number | string): { parent: number; ticks: number } | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // After the name, which may hold spaces: state is field 3, the parent 4; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}

/**
 * Seconds of processor time that a process has used, of all its threads and of the children it has now, such as the
 * workers of a DataLoader; null where there is no /proc.
 */
export function cpuSeconds(pid: number): number | null {
  const own = statOf(pid);
  if (own === null) return null;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => stat?.parent === pid);
  return children.reduce((sum, child) => sum + child!.ticks, own.ticks) / ticks();
}

/** The most memory, in MiB, that a process had resident at a time; null where there is no /proc. */
export function peakMemory(pid: number): number | null {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) / 1024;
}

/** Makes what a process has resident now its peak; without /proc, or the right to do so, the peak stays what it was. */
export function forgetPeakMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {}
}

/** Seconds that all processors of the machine were busy since it started; null where there is no /proc. */
export function machineCpuSeconds(): number | null {
  const [, user, nice, system, , , irq, softirq] = (read('/proc/stat')?.split('\n')[0] ?? '').split(/\s+/).map(Number);
  return user === undefined ? null : (user + nice! + system! + irq! + softirq!) / ticks();
}
