import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// An instance of a service: it takes a few milliseconds, and on SIGTERM answers what it has and ends.
const server = createServer({ keepAliveTimeout: 5_000 }, (incoming, outgoing) => {
  incoming.resume();
  setTimeout(() => outgoing.end("ok"), 4);
});
process.on("SIGTERM", () => {
  server.close(() => process.exit());
  server.closeIdleConnections();
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
