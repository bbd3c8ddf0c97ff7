import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchResumable } from './fetch-resumable.js';
import { type FlakyServer, flakyServer } from './testing/flaky-server.js';

const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7) % 251));

let folder: string;
let path: string;
let server: FlakyServer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-fetch-'));
  path = join(folder, 'file');
  vi.stubEnv('PIP_CERT', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(folder, { recursive: true });
});

const fetchIt = (options = {}, address = server.address) =>
  fetchResumable(address, path, content.length, { pause: 1, ...options });

describe('fetchResumable', () => {
  it('fetches a file and says how far it is', async () => {
    server = await flakyServer(content);
    const progress: number[] = [];
    await fetchIt({ onProgress: (received: number) => progress.push(received) });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(progress.at(-1)).toBe(content.length);
    await fetchIt();
    expect(server.asked).toEqual(['']);
  });

  it('goes on after each break', async () => {
    server = await flakyServer(content, { breaks: [20_000, 10_000] });
    await fetchIt();
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(server.asked).toEqual(['', 'bytes=20000-', 'bytes=30000-']);
  });

  it('goes on after what another process has left', async () => {
    server = await flakyServer(content);
    writeFileSync(path, content.subarray(0, 12_345));
    await fetchIt();
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(server.asked).toEqual(['bytes=12345-']);
  });

  it('begins anew if the server knows no ranges, or there is too much', async () => {
    server = await flakyServer(content, { ranges: false });
    writeFileSync(path, 'something');
    await fetchIt();
    expect(readFileSync(path).equals(content)).toBe(true);
    writeFileSync(path, Buffer.alloc(content.length + 1));
    await fetchIt();
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('gives up after five tries that bring nothing, and keeps what there is', async () => {
    server = await flakyServer(content, { breaks: [100, 0, 0, 0, 0, 0, 0] });
    await expect(fetchIt()).rejects.toThrow();
    expect(server.asked).toHaveLength(6);
    expect(readFileSync(path).equals(content.subarray(0, 100))).toBe(true);
  });

  it('follows redirections', async () => {
    server = await flakyServer(content);
    await fetchIt({}, new URL('/moved', server.address));
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('does not ask again where it is refused', async () => {
    server = await flakyServer(content, { status: 403 });
    await expect(fetchIt()).rejects.toThrow(/answered 403/);
    expect(server.asked).toHaveLength(1);
  });

  it('stops when it is told to, and keeps what there is', async () => {
    server = await flakyServer(content, { breaks: [30_000] });
    const controller = new AbortController();
    const onProgress = (received: number) => received >= 30_000 && controller.abort();
    await expect(fetchIt({ signal: controller.signal, onProgress })).rejects.toThrow('aborted');
    expect(server.asked).toHaveLength(1);
  });
});
