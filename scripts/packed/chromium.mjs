import { spawnSync } from 'node:child_process';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Chromium is: what `HCSC_CHROMIUM` says, else the first on the path that runs; undefined if there is none. */
export function findChromium() {
  return process.env.HCSC_CHROMIUM || names.find((name) => spawnSync(name, ['--version']).status === 0);
}

const flags = [
  '--headless=new',
  // Through descriptors 3 and 4, not a port: and it ends when they are closed, however we end.
  '--remote-debugging-pipe',
  '--no-first-run',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  // WebGL without a graphics processor.
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

/**
 * Opens a page in a Chromium of its own and gives the lines that it writes on the console until one is `done`. Throws if
 * the page does, or crashes, or is not done in time.
 */
export async function pageLines(chromium, url, profile, start, { seconds = 120 } = {}) {
  // The sandbox refuses root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...flags, ...sandbox, `--user-data-dir=${profile}`, 'about:blank'];
  const browser = start(chromium, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
  let said = '';
  browser.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  let timer;
  try {
    return await new Promise((resolve, reject) => {
      const fail = (why) => reject(Object.assign(new Error(`Chromium: ${why}`), { output: said }));
      timer = setTimeout(fail, seconds * 1000, `the page is not done in ${seconds} s`);
      browser.once('error', ({ message }) => fail(message));
      browser.once('close', (code, signal) => fail(`ended with ${signal ?? code}`));
      browser.stdio[3].on('error', () => {});
      const lines = [];
      const call = connect(browser.stdio, (method, params) => {
        if (method === 'Inspector.targetCrashed') fail('the page crashed');
        if (method === 'Runtime.exceptionThrown') {
          const { exception, text } = params.exceptionDetails;
          fail(exception?.description ?? text);
        }
        if (method === 'Runtime.consoleAPICalled') {
          const line = params.args.map(({ value, description }) => value ?? description).join(' ');
          if (params.type === 'error') fail(line);
          else if (line === 'done') resolve(lines);
          else lines.push(line);
        }
      });
      openPage(call, url).catch(({ message }) => fail(message));
    });
  } finally {
    clearTimeout(timer);
    browser.stdio[3].end();
    await ended(browser);
  }
}

async function openPage(call, url) {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  await call('Runtime.enable', {}, sessionId);
  await call('Page.navigate', { url }, sessionId);
}

/** Speaks the DevTools protocol: JSON, a zero byte after each message. Gives a function that calls a method. */
function connect([, , , input, output], onEvent) {
  const waiting = new Map();
  let id = 0;
  let rest = '';
  output.setEncoding('utf8').on('data', (chunk) => {
    const messages = `${rest}${chunk}`.split('\0');
    rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      const answer = waiting.get(message.id);
      waiting.delete(message.id);
      if (!answer) onEvent(message.method, message.params);
      else if (message.error) answer.reject(new Error(message.error.message));
      else answer.resolve(message.result);
    }
  });
  return (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      id += 1;
      waiting.set(id, { resolve, reject });
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}

/** Waits for the end of a browser that was told to end, or ends it. */
function ended(browser) {
  if (browser.stderr.closed || browser.pid === undefined) return undefined;
  return new Promise((resolve) => {
    const force = setTimeout(() => process.kill(-browser.pid, 'SIGKILL'), 5000);
    // Not `exit`: its processes for pages and graphics hold the pipe a little longer.
    browser.once('close', () => {
      clearTimeout(force);
      resolve();
    });
  });
}
