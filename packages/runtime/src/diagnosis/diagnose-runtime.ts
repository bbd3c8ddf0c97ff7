import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import {
  type FindOptions,
  installCommand,
  type LibraryCandidate,
  libraryCandidates,
} from '../native/find/candidates.js';
import { usable } from '../native/find/find-native-library.js';
import { type LibraryProbe, probeLibrary } from '../native/find/probe.js';
import { pinnedWheel, pipName } from '../native/install/pinned-wheel.js';
import type { Finding } from './finding.js';
import { installedPackage } from './installed-package.js';
import { describeProcessor, type Processor } from './processor.js';

/** A package that a backend imports, if it is installed. */
export type RuntimePeer =
  | '@tensorflow/tfjs-core'
  | '@tensorflow/tfjs-layers'
  | '@tensorflow/tfjs-backend-wasm'
  | '@tensorflow/tfjs-backend-cpu'
  | '@tensorflow/tfjs-backend-webgpu'
  | 'webgpu';

const peers: readonly RuntimePeer[] = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-webgpu',
  'webgpu',
];

/** A place where TensorFlow's library may be, with what came of it. */
export interface DiagnosedLibrary extends LibraryCandidate {
  /** `'used'`: `startRuntime` takes it; `'usable'`: it would, if those before were not there. */
  readonly verdict: 'used' | 'usable' | 'unusable';
  /** The devices TensorFlow lists, once loaded. */
  readonly devices?: readonly string[];
}

/** What the native backend runs with. */
export interface DiagnosedNative extends Finding {
  /** TensorFlow's version. */
  readonly tensorflow?: string;
  readonly folder?: string;
  readonly devices?: readonly string[];
  readonly threads: number;
  /** Instructions that TensorFlow says it uses, for example `AVX2`. */
  readonly instructions?: readonly string[];
}

/** What was found of everything that the backends need; see {@link diagnoseRuntime}. */
export interface RuntimeDiagnosis {
  readonly node: Finding;
  /** What TensorFlow's library is called with. */
  readonly koffi: Finding;
  readonly processor: Processor;
  /** Where TensorFlow's library was looked for, in that order. */
  readonly libraries: readonly DiagnosedLibrary[];
  /** Whether the native backend would start. */
  readonly native: DiagnosedNative;
  readonly gpu: Finding;
  /** The peers, by their names. */
  readonly packages: Readonly<Record<RuntimePeer, Finding>>;
}

/**
 * Looks at everything that the backends need and says what is there, what would be used, and for each thing that is
 * missing the command that mends it. Every library found is loaded in a process of its own; nothing changes in this one.
 *
 * @example
 * ```ts
 * const { native } = await diagnoseRuntime();
 * console.log(native.works ? native.tensorflow : native.remedy);
 * ```
 */
export async function diagnoseRuntime(options: FindOptions = {}): Promise<RuntimeDiagnosis> {
  const koffi = diagnoseKoffi();
  const probes = new Map<LibraryCandidate, LibraryProbe>();
  const libraries: DiagnosedLibrary[] = [];
  for (const candidate of libraryCandidates(options)) {
    const folder = usable(candidate)?.folder;
    const probe = folder === undefined ? undefined : probeLibrary(folder);
    const diagnosed = diagnoseLibrary(candidate, probe, !libraries.some(({ verdict }) => verdict === 'used'));
    libraries.push(diagnosed);
    if (probe !== undefined) probes.set(diagnosed, probe);
  }
  const used = libraries.find(({ verdict }) => verdict === 'used');
  const native = diagnoseNative(used, used && probes.get(used), koffi);
  return {
    node: diagnoseNode(),
    koffi,
    processor: describeProcessor(),
    libraries,
    native,
    gpu: diagnoseGpu(used && probes.get(used)),
    packages: Object.fromEntries(peers.map((name) => [name, installedPackage(name)])) as RuntimeDiagnosis['packages'],
  };
}

function diagnoseLibrary(
  candidate: LibraryCandidate,
  probe: LibraryProbe | undefined,
  first: boolean,
): DiagnosedLibrary {
  // What startRuntime goes by is whether the files are there: one that does not load is used, and fails.
  const verdict = usable(candidate) === undefined ? 'unusable' : first ? 'used' : 'usable';
  const problem = candidate.problem ?? probe?.problem;
  return {
    ...candidate,
    version: probe?.version ?? candidate.version,
    problem,
    verdict: verdict === 'usable' && problem !== undefined ? 'unusable' : verdict,
    devices: probe?.devices?.map(({ name }) => name),
    remedy: candidate.remedy ?? (problem === undefined ? undefined : reloadRemedy(candidate)),
  };
}

function diagnoseNative(
  used: DiagnosedLibrary | undefined,
  probe: LibraryProbe | undefined,
  koffi: Finding,
): DiagnosedNative {
  const threads = availableParallelism();
  if (!koffi.works) return { works: false, detail: 'koffi does not load', remedy: koffi.remedy, threads };
  if (used === undefined) {
    return { works: false, detail: "TensorFlow's library is not there", remedy: fetchRemedy(), threads };
  }
  const { folder } = used;
  if (probe?.problem !== undefined) {
    const detail = `TensorFlow's library in ${folder} does not load: ${probe.problem}`;
    return { works: false, detail, remedy: used.remedy, folder, threads };
  }
  return {
    works: true,
    detail: `TensorFlow ${probe?.version} from ${folder}`,
    tensorflow: probe?.version,
    folder,
    devices: used.devices,
    threads,
    instructions: probe?.instructions,
  };
}

/** The command that brings a library where there is none. */
const fetchRemedy = () => (pinnedWheel() ? installCommand : `python3 -m pip install ${pipName()}`);

/** The command that replaces a library that does not load. */
function reloadRemedy({ source, place, folder }: LibraryCandidate): string | undefined {
  if (source === 'python') return `${place} -m pip install --force-reinstall --no-deps ${pipName()}`;
  return source === 'cache' ? `rm -r ${folder} && ${installCommand}` : undefined;
}

function diagnoseNode(version: string = process.versions.node): Finding {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const detail = `${version} for ${process.platform} on ${process.arch}`;
  const works = major > 20 || (major === 20 && minor >= 19);
  return works ? { works, detail } : { works, detail: `${detail}: needs 20.19 or newer` };
}

function diagnoseKoffi(): Finding {
  try {
    const { version } = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    return { works: true, detail: version };
  } catch (error) {
    return { works: false, detail: (error as Error).message.split('\n')[0] ?? '', remedy: 'npm install koffi' };
  }
}

function diagnoseGpu(probe: LibraryProbe | undefined): Finding {
  const gpus = probe?.devices?.filter(({ type }) => type === 'GPU').map(({ name }) => name) ?? [];
  if (gpus.length > 0) return { works: true, detail: gpus.join(', ') };
  if (process.platform !== 'linux') return { works: false, detail: 'TensorFlow has GPUs on Linux only' };
  try {
    (createRequire(import.meta.url)('koffi') as typeof import('koffi')).load('libcuda.so.1');
  } catch {
    return { works: false, detail: 'no driver for NVIDIA GPUs (libcuda.so.1)' };
  }
  return {
    works: false,
    detail:
      "there is a driver, but TensorFlow lists no GPU: it may be a build without, or CUDA's libraries are missing",
    remedy: "python3 -m pip install 'tensorflow[and-cuda]'",
  };
}
