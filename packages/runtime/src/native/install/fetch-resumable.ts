import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { sizeOf } from './part-file.js';

/** Options of {@link fetchResumable}. */
export interface FetchResumableOptions {
  /** Told how many bytes there are so far. */
  onProgress?: (received: number) => void;
  signal?: AbortSignal;
  /** Milliseconds before the first new try, doubled before each further one. */
  pause?: number;
}

/** Tries in a row that bring nothing before it is given up. */
const tries = 5;

/**
 * Fetches a file of known size into a path, going on after what is there already, and again after every break as long as
 * something arrives.
 *
 * @throws Error if the server refuses, or nothing more arrives; what has arrived stays.
 */
export async function fetchResumable(
  address: URL,
  path: string,
  bytes: number,
  { onProgress, signal, pause = 1000 }: FetchResumableOptions = {},
): Promise<void> {
  let idle = 0;
  for (;;) {
    const before = await sizeOf(path);
    if (before === bytes) return;
    try {
      await fetchRest(address, path, before > bytes ? 0 : before, onProgress, signal);
      if ((await sizeOf(path)) === bytes) return;
      throw new Error(`${address.host} sent ${await sizeOf(path)} bytes instead of ${bytes}`);
    } catch (error) {
      if (signal?.aborted || error instanceof Refusal) throw error;
      idle = (await sizeOf(path)) > before ? 0 : idle + 1;
      if (idle === tries) throw error;
      await delay(pause * 2 ** idle, undefined, { signal });
    }
  }
}

/** An answer that asking again would not change. */
class Refusal extends Error {}

async function fetchRest(
  address: URL,
  path: string,
  from: number,
  onProgress: FetchResumableOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const response = await request(address, from > 0 ? { Range: `bytes=${from}-` } : {}, signal);
  const status = response.statusCode ?? 0;
  const goesOn = status === 206 && response.headers['content-range']?.startsWith(`bytes ${from}-`);
  if (!goesOn && status !== 200) {
    response.destroy();
    const message = `${address.host} answered ${status} ${response.statusMessage ?? ''}`;
    throw status >= 500 || status === 429 || status === 416 ? new Error(message) : new Refusal(message);
  }
  const file = openSync(path, goesOn ? 'a' : 'w');
  let received = goesOn ? from : 0;
  try {
    await new Promise<void>((resolve, reject) => {
      // Written as it comes: a pipe would drop what it holds when the connection breaks.
      response.on('data', (chunk: Buffer) => {
        try {
          writeSync(file, chunk);
          received += chunk.length;
          onProgress?.(received);
        } catch (error) {
          reject(error);
          response.destroy();
        }
      });
      response.on('end', resolve);
      response.on('error', reject);
    });
  } finally {
    response.destroy();
    closeSync(file);
  }
}

/** A GET that follows redirections, trusting whom pip would trust. */
async function request(
  address: URL,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
  redirections = 5,
): Promise<IncomingMessage> {
  const get = address.protocol === 'https:' ? httpsGet : httpGet;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = get(address, { headers, signal, ca: certificates(), timeout: 30_000 }, resolve);
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`${address.host} does not answer`)));
  });
  const { location } = response.headers;
  if (location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return response;
  response.destroy();
  if (redirections === 0) throw new Refusal(`${address.host} redirects without end`);
  return request(new URL(location, address), headers, signal, redirections - 1);
}

/** The certificates the user has named for pip; undefined for Node's own and those of `NODE_EXTRA_CA_CERTS`. */
function certificates(): Buffer | undefined {
  const { PIP_CERT, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE } = process.env;
  const file = PIP_CERT || REQUESTS_CA_BUNDLE || CURL_CA_BUNDLE;
  return file && existsSync(file) && !file.endsWith('/') ? readFileSync(file) : undefined;
}
