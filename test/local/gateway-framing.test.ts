import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Gateway, openGateway } from "../../local/gateway/gateway.ts";

// What comes behind a body must never be taken for another request (CWE-444): each instance keeps its connection open.

let gateway: Gateway;
let seen: string[];
let stop: () => void;

beforeEach(async () => {
  seen = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${body}`);
      response.end("done");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  gateway = await openGateway({ service: "orders", backends: () => [{ id: "a", pid: process.pid, port }] });
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(async () => {
  await gateway.close();
  stop();
});

const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const chunked = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;

/** Sends bytes as they are, reads until the other side has closed, and answers the status lines. */
async function raw(bytes: string): Promise<readonly string[]> {
  const socket = connect(gateway.port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk));
  socket.write(bytes);
  await new Promise((closed) => socket.once("close", closed));
  return answer.match(/^HTTP\/1\.1 \d+/gm) ?? [];
}

test.each([
  [
    "a GET with a chunked body",
    `GET /shown HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
  ],
  [
    "a DELETE with a chunked body",
    `DELETE /shown HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
  ],
  [
    "a GET that calls its Content-Length a matter of the connection",
    `GET /shown HTTP/1.1\r\nHost: a\r\nConnection: close, content-length\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ],
])("%s is one request at the instance, with its body", async (_, bytes) => {
  expect(await raw(bytes)).toEqual(["HTTP/1.1 200"]);
  expect(seen.map((one) => one.split(" ").slice(1, 2).join())).toEqual(["/shown"]);
  expect(seen[0]).toContain(HIDDEN);
});

test("a request with both Content-Length and Transfer-Encoding is refused", async () => {
  const bytes = `POST /shown HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`;
  expect(await raw(bytes)).toEqual(["HTTP/1.1 400"]);
  expect(seen).toEqual([]);
});
