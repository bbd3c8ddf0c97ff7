export { inSplits } from './in-splits.js';
export { type KeyQueue, type KeyQueueOptions, type KeyQueueState, keyQueue } from './key-queue.js';
export { type MomentumEncoder, type MomentumEncoderOptions, momentumEncoder } from './momentum-encoder.js';
export { constantMomentum, cosineMomentum, type MomentumSchedule } from './momentum-schedule.js';
export { shuffled } from './shuffled.js';
