import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections (Linux: from 32768 on), which would take one that was only looked at. */
const LOWEST = 16_000;
const HIGHEST = 31_999;

const given = new Set<number>();

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

/** A loopback port for a program that must be told its own; no other call in this process gets it. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${LOWEST} to ${HIGHEST} on 127.0.0.1`);
}
