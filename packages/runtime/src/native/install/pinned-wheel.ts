import { tensorflowVersion } from '../find/cached-library.js';

/** A wheel that is known to the byte. */
export interface PinnedWheel {
  /** What pip is asked for. */
  readonly requirement: string;
  /** The Python it is made for; any Python can fetch it, and none is needed to use it. */
  readonly python: string;
  readonly platform: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const python = '3.11';

const wheels: Readonly<Record<string, Omit<PinnedWheel, 'requirement' | 'python' | 'file'> & { name: string }>> = {
  'linux x64': {
    name: 'tensorflow-cpu',
    platform: 'manylinux_2_27_x86_64',
    bytes: 273_829_956,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  },
  'linux arm64': {
    name: 'tensorflow',
    platform: 'manylinux_2_27_aarch64',
    bytes: 281_828_020,
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  },
  'darwin arm64': {
    name: 'tensorflow',
    platform: 'macosx_12_0_arm64',
    bytes: 223_405_849,
    sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
  },
};

/** The wheel that is fetched for a platform and processor; undefined if there is none. */
export function pinnedWheel(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): PinnedWheel | undefined {
  const wheel = wheels[`${platform} ${arch}`];
  if (wheel === undefined) return undefined;
  const { name, ...rest } = wheel;
  const tags = `cp${python.replace('.', '')}`;
  return {
    ...rest,
    python,
    requirement: `${name}==${tensorflowVersion}`,
    file: `${name.replace('-', '_')}-${tensorflowVersion}-${tags}-${tags}-${rest.platform}.whl`,
  };
}

/** What pip calls TensorFlow without CUDA on this platform. */
export const pipName = (): string => pinnedWheel()?.requirement.split('==')[0] ?? 'tensorflow';
