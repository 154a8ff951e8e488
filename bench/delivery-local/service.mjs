// A version of a service: quick, and as bad as its environment says. FAIL: part of the answers that are 500, SLOW_MS: so much later.
import { createServer } from "node:http";

const fail = Number(process.env.FAIL ?? 0);
const slowMs = Number(process.env.SLOW_MS ?? 0);
const server = createServer((request, response) => {
  if (request.url === "/health") {
    response.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}');
    return;
  }
  // Log-normal about 30 ms, as real services are: far above what a busy machine adds.
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  setTimeout(
    () => {
      const injected = Math.random() < fail;
      response.writeHead(injected ? 500 : 200, {
        "content-type": "text/plain",
        "x-version": process.env.SERVICE_VERSION ?? "",
        ...(injected ? { "x-injected": "yes" } : {}),
      });
      response.end("ok");
    },
    30 * Math.exp(0.4 * normal) + slowMs,
  );
});
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
