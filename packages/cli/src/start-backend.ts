import { type Runtime, type RuntimeOptions, startRuntime } from '@hcsc/runtime';

const BACKENDS = ['auto', 'native', 'wasm', 'cpu'] as const;

/** Starts the backend that a `--backend` option names; `quiet` keeps the line about the choice to itself. */
export async function startBackend(name: string | undefined, quiet = false): Promise<Runtime> {
  const backend = BACKENDS.find((known) => known === (name ?? 'auto'));
  if (!backend) throw new RangeError(`No backend ${name}: there are ${BACKENDS.join(', ')}`);
  const options: RuntimeOptions = quiet ? { backend, log: () => {} } : { backend };
  return startRuntime(options);
}
