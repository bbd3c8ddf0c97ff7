// npm run bench -- setup [--upgrade]: installs the peers of the benchmarks: see README.md.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { peersFolder, pythons } from './python-peers.js';

/** Something that benchmarks compare with. */
interface PeerPackage {
  readonly name: string;
  readonly python: keyof typeof pythons;
  readonly module: string;
  /** What pip or apt is asked for. */
  readonly packages: readonly string[];
  readonly size: string;
}

const peers: readonly PeerPackage[] = [
  { name: 'TensorFlow', python: 'pip', module: 'tensorflow', packages: ['tensorflow-cpu==2.21.0'], size: '1.3 GB' },
  { name: 'faiss', python: 'pip', module: 'faiss', packages: ['faiss-cpu'], size: '0.1 GB' },
  // PyTorch's Linux wheel is linked to the CUDA libraries: without them it cannot be imported, GPU or none.
  { name: 'PyTorch', python: 'pip', module: 'torch', packages: ['torch'], size: '5 GB' },
  ...[
    { name: "Debian's PyTorch", module: 'torch', packages: ['python3-torch', 'libopenblas0-pthread'], size: '0.6 GB' },
    { name: "Debian's torchvision", module: 'torchvision', packages: ['python3-torchvision'], size: '0.1 GB' },
    { name: "Debian's scikit-learn", module: 'sklearn', packages: ['python3-sklearn'], size: '0.1 GB' },
    { name: "Debian's scikit-image", module: 'skimage', packages: ['python3-skimage'], size: '0.1 GB' },
  ].map((peer) => ({ ...peer, python: 'debian' as const })),
];

const upgrade = process.argv.includes('--upgrade');

/** The version of what can be imported; null if it cannot. */
function versionOf({ python, module }: PeerPackage): string | null {
  const { command, args } = pythons[python];
  const code = `import ${module}; print('version', ${module}.__version__)`;
  const { stdout } = spawnSync(command, [...args, '-c', code], { encoding: 'utf8' });
  return /^version (.*)$/m.exec(stdout ?? '')?.[1] ?? null;
}

/** Runs a command, shows what it says, and tells whether it went well. */
function run(command: string, ...args: string[]): Promise<boolean> {
  console.log(`  $ ${[command, ...args].join(' ')}`);
  return new Promise((resolve) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
    child.on('error', (error) => {
      console.log(`  ${error.message}`);
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
}

const hasApt = spawnSync('apt-get', ['--version']).status === 0;
const isRoot = process.getuid?.() === 0;
let updated: Promise<boolean> | undefined;

/** Installs Debian's packages, or says who could. */
async function apt(packages: readonly string[]): Promise<string | null> {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!hasApt) return 'only on Debian and its kin';
  if (!isRoot) return `sudo ${command}`;
  updated ??= run('apt-get', 'update');
  await updated;
  return (await run('apt-get', ...command.split(' ').slice(1))) ? null : command;
}

/** Makes the virtual environment, if there is none that runs. */
async function environment(): Promise<string | null> {
  const { command } = pythons.pip;
  const works = () => existsSync(command) && spawnSync(command, ['-m', 'pip', '--version']).status === 0;
  if (works()) return null;
  mkdirSync(peersFolder, { recursive: true });
  const python = process.env.HCSC_PYTHON || 'python3';
  const make = () => run(python, '-m', 'venv', '--clear', `${peersFolder}/venv`);
  if ((await make()) && works()) return null;
  const hint = await apt(['python3-venv']);
  return hint ?? ((await make()) && works() ? null : `${python} -m venv fails: give another Python as HCSC_PYTHON`);
}

/** Installs one peer; what went wrong, or null. */
async function install({ python, packages }: PeerPackage): Promise<string | null> {
  if (python === 'debian') return apt(packages);
  const problem = await environment();
  if (problem !== null) return problem;
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', ...(upgrade ? ['--upgrade'] : []), ...packages];
  return (await run(pythons.pip.command, ...args)) ? null : `${pythons.pip.command} ${args.join(' ')}`;
}

const results: { name: string; version: string | null; problem: string | null }[] = [];
for (const [index, peer] of peers.entries()) {
  console.log(`[${index + 1}/${peers.length}] ${peer.name}`);
  let version = versionOf(peer);
  let problem: string | null = null;
  if (version === null || (upgrade && peer.python === 'pip')) {
    console.log(`  installing, about ${peer.size} on disk …`);
    problem = await install(peer);
    version = versionOf(peer);
    if (version === null) problem ??= 'installed, but it cannot be imported';
  }
  results.push({ name: peer.name, version, problem });
}

console.log('');
for (const { name, version, problem } of results) {
  console.log(`${name.padEnd(22)} ${version ?? 'missing'}${problem ? `: ${problem}` : ''}`);
}
if (results.some(({ version }) => version === null)) process.exitCode = 1;
