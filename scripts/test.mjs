// npm test: set up, then all tests, each on every backend there is, then the READMEs. npm run test:golden: the golden ones only.
// Further arguments go to vitest, and name packages whose READMEs are tested: npm test -- packages/losses
import { build, fetchRuntime, install, run, say } from './setup.mjs';

await install();
await build();
const native = await fetchRuntime();

const golden = process.argv.includes('--golden');
const given = process.argv.slice(2).filter((argument) => argument !== '--golden');
const backends = native ? ['wasm', 'native'] : ['wasm'];
if (!native) say('The native backend is left out of the tests');
const projects = [...(golden ? [] : ['plain', 'cpu']), ...backends].flatMap((name) => ['--project', name]);
process.exitCode = await run('vitest', ['run', ...projects, ...(golden ? ['golden'] : []), ...given]);

const readmes = given.flatMap((argument) => /^packages\/(\w+)\/?$/.exec(argument)?.[1] ?? []);
if (!golden && (given.length === 0 || readmes.length > 0)) {
  process.exitCode ||= await run(process.execPath, ['scripts/readmes.mjs', '--no-build', ...readmes]);
}
