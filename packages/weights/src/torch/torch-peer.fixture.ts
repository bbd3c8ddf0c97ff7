import { spawnSync } from 'node:child_process';

const named = process.env.HCSC_TORCH;
const python = named || '/usr/bin/python3';

/** Is there a PyTorch to compare with? If one is named, it must be there: the tests fail without it. */
export const hasTorch = Boolean(named) || spawnSync(python, ['-c', 'import torch, torchvision']).status === 0;

/** Runs a program in PyTorch's Python; gives what it printed, as JSON. */
export function torchRun<T>(program: string, ...values: string[]): T {
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', program, ...values], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  if (status !== 0) throw new Error(`${python} failed: ${error?.message ?? ''} ${stderr}`);
  return JSON.parse(stdout) as T;
}
