import { type AddressInfo, createServer } from "node:net";

// The same backend for all: it answers every request head with the same 1 KB, and costs as little as can be.
const body = "x".repeat(1024);
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Served-By: bench\r\nDate: Mon, 23 Nov 2026 01:00:00 GMT\r\nContent-Length: 1024\r\nConnection: keep-alive\r\n\r\n${body}`,
);
const server = createServer({ noDelay: true }, (socket) => {
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      socket.write(answer);
      text = text.slice(end + 4);
    }
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
