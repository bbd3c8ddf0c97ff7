import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server for one file that breaks off, and what it was asked. */
export interface FlakyServer {
  readonly address: URL;
  /** The `Range` header of each request, '' for none. */
  readonly asked: string[];
  close(): Promise<void>;
}

/**
 * Serves `content` on this machine. Each entry of `breaks` is one answer: after so many bytes the connection is cut; once
 * they are used up, the answer is whole. A status above 299 is answered as such.
 */
export async function flakyServer(
  content: Buffer,
  { breaks = [], ranges = true, status = 200 }: { breaks?: number[]; ranges?: boolean; status?: number } = {},
): Promise<FlakyServer> {
  const asked: string[] = [];
  const left = [...breaks];
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? '');
    if (request.url === '/moved') {
      response.writeHead(302, { Location: '/wheel' }).end();
      return;
    }
    if (status > 299) {
      response.writeHead(status).end();
      return;
    }
    const from = ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const head = { 'Content-Length': content.length - from };
    if (from > 0) {
      const range = `bytes ${from}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { ...head, 'Content-Range': range });
    } else response.writeHead(200, head);
    const cut = left.shift();
    if (cut === undefined) response.end(content.subarray(from));
    else response.write(content.subarray(from, from + cut), () => request.socket.end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: new URL(`http://127.0.0.1:${port}/wheel`),
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
