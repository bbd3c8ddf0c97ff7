// npm run test:tfjs-conformance: set up, then tfjs-core's own tests on the native backend. Further arguments go to
// packages/runtime/conformance/run.mjs.
import { build, fetchRuntime, install, run, say } from './setup.mjs';

await install();
await build();
if (!(await fetchRuntime())) {
  say("tfjs-core's tests run on the native backend only, and it is not to be had here");
  process.exit(1);
}
process.exitCode = await run(process.execPath, ['packages/runtime/conformance/run.mjs', ...process.argv.slice(2)], {
  env: { HCSC_BACKEND: 'native' },
});
