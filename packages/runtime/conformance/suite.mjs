// What is bundled: tfjs-core from its sources, its tests, and the runtime, all on one copy of tfjs-core. Loading it starts
// the native backend and defines the tests; they run when the caller says so.
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import { startRuntime } from '../src/runtime.js';

// The names are tfjs-node's, since its list of what to ignore contains them.
setTestEnvs([{ name: 'test-tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true }]);

export const runtime = await startRuntime({ backend: 'native', log: (line) => console.log(line) });

await import('@tensorflow/tfjs-core/dist/tests.js');
