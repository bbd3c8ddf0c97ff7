import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { installMatchers } from '@hcsc/testing';
import { ready, setBackend } from '@tensorflow/tfjs-core';

installMatchers();
await setBackend('cpu');
await ready();
