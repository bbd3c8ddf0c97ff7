import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** The processor, as far as it matters to TensorFlow. */
export interface Processor {
  readonly model: string;
  /** Threads that can run at the same time. */
  readonly cores: number;
  /** Instruction sets that make training faster, as the processor has them: `avx2`, `avx512f`, `amx_bf16`, … */
  readonly instructions: readonly string[];
}

/** Vectors, fused multiply-add, and the low-precision products, on x86-64 and arm64. */
const thatMatter =
  /^(avx|avx2|fma|avx_vnni|avx512f|avx512_vnni|avx512_bf16|avx512_fp16|amx_bf16|amx_int8|asimd|asimddp|bf16|i8mm|sve|sve2|sme)$/;

/** Describes this processor; the instruction sets come from Linux's `/proc/cpuinfo` and are unknown elsewhere. */
export function describeProcessor(cpuinfo: string = readCpuinfo()): Processor {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  return {
    model: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    instructions: flags.split(/\s+/).filter((flag) => thatMatter.test(flag)),
  };
}

function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
