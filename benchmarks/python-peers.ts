import { fileURLToPath } from 'node:url';
import type { PeerCommand } from './peer.js';

const inside = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run bench -- setup` puts what it installs; git ignores it. */
export const peersFolder = inside('.peers');

/** The two Pythons that peers run in: that of the virtual environment, and Debian's own with Debian's packages. */
export const pythons = {
  pip: { command: `${peersFolder}/venv/bin/python`, args: [] },
  // -s: without packages that the user has installed with pip.
  debian: { command: '/usr/bin/python3', args: ['-s'] },
} as const;

/** A script of `peers/`, to be run by one of the two. */
export function pythonPeer(
  python: keyof typeof pythons,
  script: string,
  args: readonly (number | string)[],
  threads: number,
): PeerCommand {
  const { command, args: options } = pythons[python];
  return {
    command,
    args: [...options, inside(`peers/${script}`), ...args.map(String)],
    env: {
      OMP_NUM_THREADS: String(threads),
      OPENBLAS_NUM_THREADS: String(threads),
      TF_CPP_MIN_LOG_LEVEL: '3',
    },
  };
}

/** A TypeScript program of `peers/`, run as this process is. */
export function ourPeer(script: string, args: readonly (number | string)[]): PeerCommand {
  return {
    command: process.execPath,
    args: [...process.execArgv, inside(`peers/${script}`), ...args.map(String)],
    // Which backend is an argument; this variable would overrule it.
    env: { HCSC_BACKEND: '' },
  };
}
