// Where the shop's notifications go: whatever an on-call tool would be. It keeps the last ones in memory and shows them at /.
import { createServer } from "node:http";

const MOST_KEPT = 50;
const MOST_BYTES = 1_000_000;
const pages = [];
/** What was told already: a notification that is sent twice has the same key. */
const keys = new Set();

const line = ({ at, status, receiver, names }) => `${at} ${status} ${names} -> ${receiver}`;

function take(request, response) {
  const parts = [];
  let bytes = 0;
  request.on("data", (part) => {
    bytes += part.length;
    if (bytes <= MOST_BYTES) parts.push(part);
  });
  request.on("end", () => {
    const key = request.headers["idempotency-key"];
    try {
      if (key === undefined || !keys.has(key)) {
        const { status, receiver, alerts } = JSON.parse(Buffer.concat(parts).toString("utf8"));
        const names = [...new Set(alerts.map(({ labels }) => labels.alertname))].join(", ");
        const page = { at: new Date().toISOString(), status, receiver, names };
        pages.unshift(page);
        pages.length = Math.min(pages.length, MOST_KEPT);
        if (key !== undefined) keys.add(key);
        console.log(line(page));
      }
      response.writeHead(200).end();
    } catch {
      response.writeHead(400).end();
    }
  });
}

const server = createServer((request, response) => {
  if (request.method === "POST") return take(request, response);
  if (request.url === "/health")
    return response.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}');
  return response
    .writeHead(200, { "content-type": "text/plain; charset=utf-8" })
    .end(`${pages.map(line).join("\n")}\n`);
});

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1");
for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
