import { createRequire } from 'node:module';
import { join } from 'node:path';
import { backend } from '@tensorflow/tfjs-core';
import { type OperationRun, readStepStats } from './step-stats.js';

type Pointer = number;
type Call = (...args: unknown[]) => unknown;

/** The little of the native runtime's inside that a profile looks at. */
interface Inside {
  readonly context: { readonly api: Record<string, Call>; readonly status: { readonly address: Pointer } };
  readonly tensors: ReadonlyMap<number, { readonly handle: Pointer }>;
  callFunction(traced: { name: string; captures: readonly Pointer[] }, inputs: readonly number[]): unknown;
}

/** A traced function as a graph that a session can run, and the tensors it was called with. */
interface Recorded {
  graph: Pointer;
  inputs: BigInt64Array;
  outputs: BigInt64Array;
  values: BigInt64Array;
}

const pointer = 'int64_t';
const session = {
  TF_NewSessionOptions: [pointer, []],
  TF_SetConfig: ['void', [pointer, 'void *', 'int64_t', pointer]],
  TF_NewSession: [pointer, [pointer, pointer, pointer]],
  TF_NewBufferFromString: [pointer, ['void *', 'int64_t']],
  TF_SessionRun: [
    'void',
    [pointer, pointer, 'void *', 'void *', 'int', 'void *', 'void *', 'int', pointer, 'int', pointer, pointer],
  ],
} as const;

/**
 * Times the nodes of the largest function that `run` calls. TensorFlow counts time by node for sessions only, not for
 * functions: so the graph of the function is kept and run by a session, with the same inputs, as often as asked.
 *
 * @param library The folder of TensorFlow's library.
 * @returns The nodes of each run of the session.
 */
export async function profileSession(
  run: () => Promise<unknown>,
  { library, threads, steps }: { library: string; threads: number; steps: number },
): Promise<OperationRun[][]> {
  const inside = (backend() as unknown as { binding: Inside }).binding;
  const { api, status } = inside.context;
  const recorded = await record(inside, run);

  const koffi = createRequire(createRequire(import.meta.url).resolve('@hcsc/runtime/package.json'))('koffi') as {
    load(path: string): { func(name: string, result: string, parameters: readonly string[]): Call };
  };
  const loaded = koffi.load(join(library, 'libtensorflow_cc.so.2'));
  const own = Object.fromEntries(
    Object.entries(session).map(([name, [result, parameters]]) => [name, loaded.func(name, result, parameters)]),
  ) as Record<keyof typeof session, Call>;
  const check = (what: string) => {
    if (api.TF_GetCode!(status.address) !== 0) throw new Error(`${what}: ${api.TF_Message!(status.address)}`);
  };

  const options = own.TF_NewSessionOptions();
  // ConfigProto { intra_op_parallelism_threads, inter_op_parallelism_threads }
  const config = Uint8Array.of((2 << 3) | 0, threads, (5 << 3) | 0, threads);
  own.TF_SetConfig(options, config, config.length, status.address);
  const running = own.TF_NewSession(recorded.graph, options, status.address);
  check('TF_NewSession');
  const once = (traced: boolean): OperationRun[] => {
    // RunOptions { trace_level: FULL_TRACE }
    const full = Uint8Array.of((1 << 3) | 0, 3);
    const runOptions = traced ? own.TF_NewBufferFromString(full, full.length) : 0;
    const metadata = api.TF_NewBuffer!();
    const results = new BigInt64Array(recorded.outputs.length / 2);
    own.TF_SessionRun(
      running,
      ...[runOptions, recorded.inputs, recorded.values, recorded.values.length],
      ...[recorded.outputs, results, results.length, 0, 0, traced ? metadata : 0, status.address],
    );
    check('TF_SessionRun');
    for (const tensor of results) api.TF_DeleteTensor!(Number(tensor));
    // A TF_Buffer begins with the address of the data and its length.
    const head = new BigInt64Array(2);
    api.copyFrom!(head, metadata, head.byteLength);
    const bytes = new Uint8Array(Number(head[1]));
    if (bytes.length > 0) api.copyFrom!(bytes, Number(head[0]), bytes.length);
    api.TF_DeleteBuffer!(metadata);
    return readStepStats(bytes);
  };
  for (let i = 0; i < 3; i++) once(false);
  once(true);
  return Array.from({ length: steps }, () => once(true));
}

/** Runs `run` and keeps the graph and the inputs of the function with the most results that it calls. */
async function record(inside: Inside, run: () => Promise<unknown>): Promise<Recorded> {
  const { api, status } = inside.context;
  const { TF_GraphToFunction: graphToFunction, TF_DeleteGraph: deleteGraph } = api;
  const own = inside.callFunction;
  const graphs = new Map<string, Omit<Recorded, 'values'>>();
  let found: Recorded | undefined;
  api.TF_GraphToFunction = (...args) => {
    const [graph, name, inputs, outputs] = [args[0], args[1], args[6], args[8]];
    graphs.set(name as string, { graph, inputs, outputs } as Recorded);
    return graphToFunction!(...args);
  };
  api.TF_DeleteGraph = () => undefined;
  inside.callFunction = function (traced, inputs) {
    const graph = graphs.get(traced.name);
    if (graph && graph.outputs.length >= (found?.outputs.length ?? 0)) {
      const handles = [...inputs.map((id) => this.tensors.get(id)!.handle), ...traced.captures];
      const values = handles.map((handle) => BigInt(api.TFE_TensorHandleResolve!(handle, status.address) as number));
      found = { ...graph, values: BigInt64Array.from(values) };
    }
    return own.call(this, traced, inputs);
  };
  try {
    await run();
    // What makes variables is not compiled before its second call.
    if (!found) await run();
  } finally {
    Object.assign(api, { TF_GraphToFunction: graphToFunction, TF_DeleteGraph: deleteGraph });
    Reflect.deleteProperty(inside, 'callFunction');
  }
  if (!found) throw new Error('Nothing was compiled: the step runs eagerly');
  return found;
}
