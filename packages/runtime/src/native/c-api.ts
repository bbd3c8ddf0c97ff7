import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LibraryHandle, TypeObject } from 'koffi';
import { cudaLibraries } from './find/cuda-libraries.js';
import { libraryFiles, libraryPaths } from './find/library-files.js';
import { quietly } from './quietly.js';

/** An address in the process's memory. Addresses stay below 2^53, so a number holds them. */
export type Pointer = number;

/** How each C type crosses: its name for koffi, and what it is in TypeScript. */
interface CTypes {
  int64_t: number;
  int: number;
  float: number;
  uint8_t: number;
  'const char *': string;
  /** Memory that C writes to or reads from; typed arrays are passed without a copy. */
  'void *': ArrayBufferView;
  /** One output of a node in a graph, passed by value. */
  TF_Output: GraphOutput;
  void: undefined;
}

/** `TF_Output`: a node of a graph, and which of its outputs. */
export interface GraphOutput {
  readonly oper: Pointer;
  readonly index: number;
}

type Signature = readonly [result: keyof CTypes, parameters: readonly (keyof CTypes)[]];
type Arguments<P extends readonly (keyof CTypes)[]> = { -readonly [I in keyof P]: CTypes[P[I]] };
type CFunction<S extends Signature> = (...args: Arguments<S[1]>) => CTypes[S[0]];

const pointer = 'int64_t';

/**
 * The part of TensorFlow's C API that eager execution and functions need (`c_api.h`, `eager/c_api.h`, `tf_tensor.h`,
 * `tf_tstring.h`, `c_api_function.h`).
 */
const tensorflow = {
  TF_Version: ['const char *', []],
  TF_NewStatus: [pointer, []],
  TF_DeleteStatus: ['void', [pointer]],
  TF_GetCode: ['int', [pointer]],
  TF_Message: ['const char *', [pointer]],

  TFE_NewContextOptions: [pointer, []],
  TFE_ContextOptionsSetConfig: ['void', [pointer, 'void *', 'int64_t', pointer]],
  TFE_DeleteContextOptions: ['void', [pointer]],
  TFE_NewContext: [pointer, [pointer, pointer]],
  TFE_DeleteContext: ['void', [pointer]],
  TFE_ContextListDevices: [pointer, [pointer, pointer]],
  TF_DeviceListCount: ['int', [pointer]],
  TF_DeviceListName: ['const char *', [pointer, 'int', pointer]],
  TF_DeviceListType: ['const char *', [pointer, 'int', pointer]],
  TF_DeleteDeviceList: ['void', [pointer]],

  TF_AllocateTensor: [pointer, ['int', 'void *', 'int', 'int64_t']],
  TF_TensorData: [pointer, [pointer]],
  TF_TensorByteSize: ['int64_t', [pointer]],
  TF_DeleteTensor: ['void', [pointer]],
  TF_StringInit: ['void', [pointer]],
  TF_StringCopy: ['void', [pointer, 'void *', 'int64_t']],
  TF_StringGetSize: ['int64_t', [pointer]],
  TF_StringGetDataPointer: [pointer, [pointer]],
  TF_StringDealloc: ['void', [pointer]],

  TFE_NewTensorHandle: [pointer, [pointer, pointer]],
  TFE_DeleteTensorHandle: ['void', [pointer]],
  TFE_TensorHandleDataType: ['int', [pointer]],
  TFE_TensorHandleNumDims: ['int', [pointer, pointer]],
  TFE_TensorHandleDim: ['int64_t', [pointer, 'int', pointer]],
  TFE_TensorHandleResolve: [pointer, [pointer, pointer]],

  TFE_NewOp: [pointer, [pointer, 'const char *', pointer]],
  TFE_DeleteOp: ['void', [pointer]],
  TFE_OpAddInput: ['void', [pointer, pointer, pointer]],
  TFE_OpSetAttrString: ['void', [pointer, 'const char *', 'const char *', 'int64_t']],
  TFE_OpSetAttrInt: ['void', [pointer, 'const char *', 'int64_t']],
  TFE_OpSetAttrIntList: ['void', [pointer, 'const char *', 'void *', 'int']],
  TFE_OpSetAttrFloat: ['void', [pointer, 'const char *', 'float']],
  TFE_OpSetAttrFloatList: ['void', [pointer, 'const char *', 'void *', 'int']],
  TFE_OpSetAttrBool: ['void', [pointer, 'const char *', 'uint8_t']],
  TFE_OpSetAttrType: ['void', [pointer, 'const char *', 'int']],
  TFE_OpSetAttrShape: ['void', [pointer, 'const char *', 'void *', 'int', pointer]],
  TFE_Execute: ['void', [pointer, 'void *', 'void *', pointer]],

  TFE_TensorHandleCopySharingTensor: [pointer, [pointer, pointer]],
  TFE_ContextAddFunction: ['void', [pointer, pointer, pointer]],
  TFE_ContextRemoveFunction: ['void', [pointer, 'const char *', pointer]],

  TF_NewGraph: [pointer, []],
  TF_DeleteGraph: ['void', [pointer]],
  TF_NewOperation: [pointer, [pointer, 'const char *', 'const char *']],
  TF_AddInput: ['void', [pointer, 'TF_Output']],
  TF_AddInputList: ['void', [pointer, 'void *', 'int']],
  TF_SetAttrString: ['void', [pointer, 'const char *', 'const char *', 'int64_t']],
  TF_SetAttrInt: ['void', [pointer, 'const char *', 'int64_t']],
  TF_SetAttrIntList: ['void', [pointer, 'const char *', 'void *', 'int']],
  TF_SetAttrFloat: ['void', [pointer, 'const char *', 'float']],
  TF_SetAttrFloatList: ['void', [pointer, 'const char *', 'void *', 'int']],
  TF_SetAttrBool: ['void', [pointer, 'const char *', 'uint8_t']],
  TF_SetAttrType: ['void', [pointer, 'const char *', 'int']],
  TF_SetAttrShape: ['void', [pointer, 'const char *', 'void *', 'int']],
  TF_SetAttrTensor: ['void', [pointer, 'const char *', pointer, pointer]],
  TF_FinishOperation: [pointer, [pointer, pointer]],
  TF_OperationNumOutputs: ['int', [pointer]],
  TF_OperationOutputType: ['int', ['TF_Output']],
  TF_GraphGetTensorNumDims: ['int', [pointer, 'TF_Output', pointer]],
  TF_GraphGetTensorShape: ['void', [pointer, 'TF_Output', 'void *', 'int', pointer]],
  TF_GraphGetOpDef: ['void', [pointer, 'const char *', pointer, pointer]],
  TF_NewBuffer: [pointer, []],
  TF_DeleteBuffer: ['void', [pointer]],
  TF_GraphToFunction: [
    pointer,
    [
      pointer,
      'const char *',
      'uint8_t',
      'int',
      pointer,
      'int',
      'void *',
      'int',
      'void *',
      pointer,
      pointer,
      pointer,
      pointer,
    ],
  ],
  TF_FunctionSetAttrValueProto: ['void', [pointer, 'const char *', 'void *', 'int64_t', pointer]],
  TF_DeleteFunction: ['void', [pointer]],
} as const satisfies Record<string, Signature>;

/** What copies and the environment need from the C library. */
const libc = {
  /** `memcpy` out of the process's memory, into a typed array. */
  copyFrom: ['memcpy', pointer, ['void *', pointer, 'int64_t']],
  /** `memcpy` into the process's memory, from a typed array. */
  copyTo: ['memcpy', pointer, [pointer, 'void *', 'int64_t']],
  dlopen: ['dlopen', pointer, ['const char *', 'int']],
  setenv: ['setenv', 'int', ['const char *', 'const char *', 'int']],
  open: ['open', 'int', ['const char *', 'int']],
  dup: ['dup', 'int', ['int']],
  dup2: ['dup2', 'int', ['int', 'int']],
  close: ['close', 'int', ['int']],
} as const satisfies Record<string, readonly [string, keyof CTypes, readonly (keyof CTypes)[]]>;

type Tensorflow = { readonly [K in keyof typeof tensorflow]: CFunction<(typeof tensorflow)[K]> };
type Libc = {
  readonly [K in keyof typeof libc]: CFunction<readonly [(typeof libc)[K][1], (typeof libc)[K][2]]>;
};

/** TensorFlow's C API, and the little of libc that goes with it. */
export type CApi = Tensorflow & Libc;

/** koffi is native code: loaded when it is needed, so that the package can be imported where it is not to be had. */
const loadKoffi = () => createRequire(import.meta.url)('koffi') as typeof import('koffi');

/** The functions of TensorFlow's C API that are used. */
export const cApiFunctions: readonly string[] = Object.keys(tensorflow);

/** Flags of `dlopen`: RTLD_LAZY, and RTLD_GLOBAL and RTLD_NODELETE as the platform has them. */
export const loadFlags = process.platform === 'darwin' ? 0x1 | 0x8 | 0x80 : 0x1 | 0x100 | 0x1000;

/**
 * Loads TensorFlow's libraries from a folder into the process; a second call for the same folder costs nothing much. Where
 * there is a driver for NVIDIA's GPUs, the CUDA libraries beside the folder are loaded too.
 *
 * TensorFlow logs errors only, unless `TF_CPP_MIN_LOG_LEVEL` or `HCSC_DEBUG` is in the environment.
 *
 * @throws Error if a file is missing, does not load, or lacks a function.
 */
export function loadCApi(folder: string): CApi {
  const koffi = loadKoffi();
  const c = loadLibc(koffi.load(null));
  const paths = libraryPaths(folder);
  if (paths === null)
    throw new Error(`There is no ${join(folder, libraryFiles[0])}, or no ${libraryFiles[1]} beside it`);

  const libraries = quietly(c, () => {
    const cuda = cudaLibraries(folder);
    if (cuda.length > 0 && c.dlopen('libcuda.so.1', loadFlags) !== 0)
      for (const path of cuda) c.dlopen(path, loadFlags);
    return paths.map((path) => {
      // koffi closes what it has opened when the process ends, while TensorFlow's threads run: opened so, it stays.
      c.dlopen(path, loadFlags);
      return koffi.load(path, { global: true, lazy: true });
    });
  });
  const structs = { TF_Output: koffi.struct({ oper: pointer, index: 'int' }) };
  const functions = Object.entries(tensorflow).map(([name, signature]) => [
    name,
    findFunction(libraries, structs, name, signature),
  ]);
  return { ...c, ...Object.fromEntries(functions) };
}

function loadLibc(c: LibraryHandle): Libc {
  const functions = Object.entries(libc).map(([name, [symbol, result, parameters]]) => [
    name,
    c.func(symbol, result, [...parameters]),
  ]);
  return Object.fromEntries(functions);
}

function findFunction(
  libraries: LibraryHandle[],
  structs: Readonly<Record<string, TypeObject>>,
  name: string,
  [result, parameters]: Signature,
): unknown {
  let failure: unknown;
  for (const library of libraries) {
    try {
      return library.func(
        name,
        result,
        parameters.map((type) => structs[type] ?? type),
      );
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`TensorFlow's library has no ${name}: it must be version 2.10 or newer`, { cause: failure });
}
