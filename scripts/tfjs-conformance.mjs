// npm run test:tfjs-conformance: set up, then tfjs-core's own tests on the native backend. With --where-native it is no
// failure that there is none. Further arguments go to packages/runtime/conformance/run.mjs.
import { build, fetchRuntime, install, run, say } from './setup.mjs';

await install();
await build();
if (await fetchRuntime()) {
  const given = process.argv.slice(2).filter((argument) => argument !== '--where-native');
  process.exitCode = await run(process.execPath, ['packages/runtime/conformance/run.mjs', ...given], {
    env: { HCSC_BACKEND: 'native' },
  });
} else {
  say("tfjs-core's tests are left out: they run on the native backend only");
  process.exitCode = process.argv.includes('--where-native') ? 0 : 1;
}
