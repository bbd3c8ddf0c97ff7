/** Threads of TensorFlow's two pools. */
export interface ThreadOptions {
  /** Threads that one operation may use. Default: TensorFlow's, one per core. */
  intraOp?: number;
  /** Operations that may run at the same time. Default: TensorFlow's, one per core. */
  interOp?: number;
}

/** How TensorFlow uses NVIDIA's GPUs. */
export interface GpuOptions {
  /** `false` hides them; a text such as `'0,2'` names those to use, by their numbers. Default: all. */
  visible?: boolean | string;
  /** Take a GPU's memory as it is needed, rather than nearly all of it at the start. Default true. */
  memoryGrowth?: boolean;
  /** The share of a GPU's memory that may be taken, above 0 and at most 1. Default: TensorFlow's. */
  memoryFraction?: number;
}

/** What a `TFE_Context` is configured with. */
export interface ContextConfig {
  /** A number stands for both pools. */
  threads?: number | ThreadOptions;
  gpu?: GpuOptions;
}

/** Threads of both pools, as they were asked for. */
export const threadsOf = ({ threads }: ContextConfig): ThreadOptions =>
  typeof threads === 'number' ? { intraOp: threads, interOp: threads } : (threads ?? {});

/**
 * TensorFlow's `ConfigProto`, serialised: `device_count` (field 1), `intra_op_parallelism_threads` (2),
 * `inter_op_parallelism_threads` (5), and of `gpu_options` (6) `per_process_gpu_memory_fraction` (1), `allow_growth` (4)
 * and `visible_device_list` (5).
 */
export function configProto(config: ContextConfig): Uint8Array {
  const { intraOp, interOp } = threadsOf(config);
  const { visible = true, memoryGrowth = true, memoryFraction } = config.gpu ?? {};
  const gpuOptions = [
    ...(memoryFraction === undefined ? [] : [key(1, wireTypes.fixed64), ...double(memoryFraction)]),
    ...(memoryGrowth ? number(4, 1) : []),
    ...(typeof visible === 'string' ? bytes(5, Buffer.from(visible)) : []),
  ];
  return Uint8Array.from([
    // An entry of the map from device type to count.
    ...(visible === false ? bytes(1, [...bytes(1, Buffer.from('GPU')), ...number(2, 0)]) : []),
    ...(intraOp === undefined ? [] : number(2, intraOp)),
    ...(interOp === undefined ? [] : number(5, interOp)),
    ...(gpuOptions.length === 0 ? [] : bytes(6, gpuOptions)),
  ]);
}

const wireTypes = { varint: 0, fixed64: 1, bytes: 2 } as const;

const key = (field: number, wireType: number) => (field << 3) | wireType;

const number = (field: number, value: number) => [key(field, wireTypes.varint), ...varint(value)];

const bytes = (field: number, value: ArrayLike<number>) => [
  key(field, wireTypes.bytes),
  ...varint(value.length),
  ...Array.from(value),
];

const double = (value: number) => new Uint8Array(new Float64Array([value]).buffer);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
