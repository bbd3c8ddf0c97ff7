import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cudaLibraries } from './cuda-libraries.js';

let site: string;
beforeEach(() => {
  site = mkdtempSync(join(tmpdir(), 'hcsc-cuda-'));
});
afterEach(() => rmSync(site, { recursive: true }));

const make = (...files: string[]) => {
  for (const file of files) {
    mkdirSync(dirname(join(site, file)), { recursive: true });
    writeFileSync(join(site, file), '');
  }
};

it('finds what NVIDIA wheels hold beside tensorflow, each library after those it needs', () => {
  make(
    'tensorflow/libtensorflow_cc.so.2',
    'nvidia/cublas/lib/libcublas.so.12',
    'nvidia/cublas/lib/libcublasLt.so.12',
    'nvidia/cublas/lib/libnvblas.so.12',
    'nvidia/cuda_runtime/lib/libcudart.so.12',
    'nvidia/cuda_runtime/include/cuda.h',
    'nvidia/cudnn/lib/libcudnn.so.9',
    'nvidia/cudnn/lib/libcudnn_ops.so.9',
    'nvidia/cusolver/lib/libcusolver.so.11',
    'nvidia/cusparse/lib/libcusparse.so.12',
    'nvidia/nvjitlink/lib/libnvJitLink.so.12',
    'nvidia/__init__.py',
  );
  const names = cudaLibraries(join(site, 'tensorflow'), 'linux').map((path) => path.slice(site.length));
  expect(names).toEqual([
    '/nvidia/cuda_runtime/lib/libcudart.so.12',
    '/nvidia/nvjitlink/lib/libnvJitLink.so.12',
    '/nvidia/cublas/lib/libcublasLt.so.12',
    '/nvidia/cublas/lib/libcublas.so.12',
    '/nvidia/cusparse/lib/libcusparse.so.12',
    '/nvidia/cusolver/lib/libcusolver.so.11',
    '/nvidia/cudnn/lib/libcudnn.so.9',
  ]);
});

it('finds those of CUDA 13, which lie in one folder', () => {
  make('nvidia/cu13/lib/libcublas.so.13', 'nvidia/cu13/lib/libcudart.so.13');
  expect(cudaLibraries(join(site, 'tensorflow'), 'linux')).toEqual([
    join(site, 'nvidia/cu13/lib/libcudart.so.13'),
    join(site, 'nvidia/cu13/lib/libcublas.so.13'),
  ]);
});

it('finds none where there are none, nor off Linux', () => {
  expect(cudaLibraries(join(site, 'tensorflow'), 'linux')).toEqual([]);
  make('nvidia/cuda_runtime/lib/libcudart.so.12');
  expect(cudaLibraries(join(site, 'tensorflow'), 'darwin')).toEqual([]);
});
