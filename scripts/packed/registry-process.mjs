// node registry-process.mjs <where Verdaccio is installed> <folder for what is published>: a registry that anyone may
// publish to, reachable from this machine only. Sends its address to the process that started it, and ends with that.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [installed, folder] = process.argv.slice(2);
const { runServer } = createRequire(join(installed, 'package.json'))('verdaccio');
const everyone = { access: '$all', publish: '$all' };
const server = await runServer({
  self_path: join(folder, 'config.yaml'),
  storage: join(folder, 'storage'),
  uplinks: {},
  packages: { '@hcsc/*': everyone, '**': everyone },
  auth: {},
  web: { enable: false },
  max_body_size: '100mb',
  log: { type: 'stdout', format: 'json', level: 'fatal' },
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}/`));
