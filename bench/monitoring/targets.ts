import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { exposition, TARGETS } from "./fleet.ts";

/** Bodies made beforehand, so that the server takes as little as possible of the machine it shares. */
const ROUNDS = 4;

/** A process that answers for all targets: prints its port, ends with its input. */
const bodies = Array.from({ length: TARGETS }, (_, target) =>
  Array.from({ length: ROUNDS }, (_, round) => gzipSync(exposition(target, round))),
);
const scrapes = new Map<string, number>();
const server = createServer((request, response) => {
  const path = request.url ?? "/";
  // Whoever asks, ours or the peer, gets bodies that change from one scrape to the next.
  const key = `${request.headers["user-agent"]?.split("/")[0]} ${path}`;
  const round = scrapes.get(key) ?? 0;
  scrapes.set(key, round + 1);
  const body = bodies[Number(path.slice(1))]?.[round % ROUNDS];
  if (!body) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    "Content-Type": "text/plain; version=0.0.4",
    ...(request.headers["accept-encoding"] === "gzip" ? { "Content-Encoding": "gzip" } : {}),
    "Content-Length": String(body.length),
  });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`));
process.stdin.on("end", () => process.exit(0)).resume();
