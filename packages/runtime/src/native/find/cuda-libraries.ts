import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** NVIDIA's libraries that TensorFlow opens by name, each after those it needs itself. */
const inOrder = [
  'cudart',
  'nvrtc',
  'nvJitLink',
  'cublasLt',
  'cublas',
  'cufft',
  'curand',
  'cusparse',
  'cusolver',
  'cupti',
  'cudnn',
  'nccl',
  'nvshmem_host',
];

const fileName = /^lib([A-Za-z_]+)\.so\.[\d.]+$/;

/**
 * The CUDA libraries in NVIDIA's own wheels beside a TensorFlow in site-packages, which `tensorflow[and-cuda]` brings:
 * `nvidia/<name>/lib`. TensorFlow opens them by their bare names; loaded before, they are found wherever its own search
 * path leads. Empty where there are none, and off Linux.
 */
export function cudaLibraries(folder: string, platform: NodeJS.Platform = process.platform): string[] {
  if (platform !== 'linux') return [];
  const nvidia = join(dirname(folder), 'nvidia');
  const found = entries(nvidia).flatMap((wheel) => {
    const lib = join(nvidia, wheel, 'lib');
    return entries(lib).flatMap((file) => {
      const rank = inOrder.indexOf(fileName.exec(file)?.[1] ?? '');
      return rank < 0 ? [] : [{ path: join(lib, file), rank }];
    });
  });
  return found.sort((a, b) => a.rank - b.rank || (a.path < b.path ? -1 : 1)).map(({ path }) => path);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
