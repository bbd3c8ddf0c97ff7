export { atEachCall } from './at-each-call.js';
export { perCall, perCallTensor } from './per-call.js';
export { refuseWhileTracing } from './refuse-while-tracing.js';
export { isTracing, outsideTrace, type Tracer, whileTracing } from './tracer.js';
