import '@tensorflow/tfjs-layers';
import { startRuntime } from '@hcsc/runtime';
import { installMatchers } from '@hcsc/testing';

process.env.HCSC_BACKEND = 'webgpu';
installMatchers();
await startRuntime({ log: () => {} });
