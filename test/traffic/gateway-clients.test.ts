import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { gatewayTo, httpBackend, raw, rawBackend, until } from "./gateway-world.ts";

// What clients do must be no backend's fault.

const UPGRADE = "GET / HTTP/1.1\r\nHost: shop\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const get = (more = "", version = "1.1") => `GET / HTTP/${version}\r\nHost: shop\r\n${more}Connection: close\r\n\r\n`;

function open(port: number, bytes: string): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  onTestFinished(() => void socket.destroy());
  return socket;
}

test("clients that are slow with their bodies are told 408, and open no circuit", async () => {
  const backend = await httpBackend("a", (incoming, outgoing) => {
    incoming.resume();
    incoming.on("end", () => outgoing.end("ok"));
  });
  const gateway = await gatewayTo([backend], { timeout: "200ms", retry: { perTryTimeout: "150ms" } });
  const slow = "PUT / HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\nabc";
  const answers = await Promise.all(Array.from({ length: 8 }, () => raw(gateway.port, slow)));
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"gateway.request"/);
  expect(gateway.look().backends[0]).toMatchObject({ failures: 0, usable: true });
  expect(await raw(gateway.port, get())).toMatch(/^HTTP\/1.1 200/);
});

test("a limit for each try begins when the client has sent all of its body", async () => {
  const backend = await httpBackend("a", (incoming, outgoing) => {
    incoming.resume();
    incoming.on("end", () => outgoing.end("ok"));
  });
  const gateway = await gatewayTo([backend], { retry: { perTryTimeout: "160ms" } });
  const socket = open(gateway.port, "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\n");
  let answer = "";
  socket.on("data", (part) => (answer += part));
  for (const part of "body") {
    await new Promise((resolve) => setTimeout(resolve, 60));
    socket.write(part);
  }
  await until(() => answer !== "");
  expect(answer).toMatch(/^HTTP\/1.1 200/);
  expect(gateway.counts.retried).toBe(0);
});

test("a client that does not read its answer loses it in time, and the backend is not blamed", async () => {
  const much = Buffer.alloc(16 * 1024 * 1024);
  const backend = await httpBackend("a", (_, outgoing) => void outgoing.end(much));
  const gateway = await gatewayTo([backend], { timeout: "250ms" });
  const clients = Array.from({ length: 6 }, () => open(gateway.port, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n").pause());
  await until(() => gateway.counts.abandoned === clients.length);
  expect(gateway.counts.inFlight).toBe(0);
  expect(gateway.look().backends[0]).toMatchObject({ failures: 0, usable: true });
});

test("the rate limit counts requests for another protocol as well", async () => {
  const backend = await rawBackend("a", (socket) => void socket.end(OK));
  const { port, counts } = await gatewayTo([backend], { limits: { rate: 1, burst: 1 } });
  expect(await raw(port, UPGRADE)).toMatch(/^HTTP\/1.1 200/);
  expect(await raw(port, UPGRADE)).toMatch(/^HTTP\/1.1 429 [\s\S]*retry-after: [\s\S]*gateway.limited/);
  expect(counts.limited).toBe(1);
  await until(() => counts.inFlight === 0);
});

test("requests for another protocol wait for a place as all others do", async () => {
  const held: Socket[] = [];
  const backend = await rawBackend("a", (socket) => void held.push(socket));
  const limits = { concurrency: 1, queue: 1 };
  const { port, counts } = await gatewayTo([backend], { limits, retry: { max: 0 } });
  const first = raw(port, UPGRADE);
  await until(() => held.length === 1);
  const second = raw(port, UPGRADE);
  await until(() => counts.queued === 1);
  expect(await raw(port, UPGRADE)).toMatch(/^HTTP\/1.1 503 [\s\S]*gateway.saturated/);
  held[0]?.end(OK);
  await until(() => held.length === 2);
  held[1]?.end(OK);
  for (const answer of [await first, await second]) expect(answer).toMatch(/^HTTP\/1.1 200/);
  await until(() => counts.queued === 0 && counts.inFlight === 0);
});

test("a backend that takes a request for another protocol and says nothing: 504 in time", async () => {
  const backend = await rawBackend("a", () => {});
  const gateway = await gatewayTo([backend], { timeout: "30ms" });
  expect(await raw(gateway.port, UPGRADE)).toMatch(/^HTTP\/1.1 504 [\s\S]*gateway.timeout/);
  expect(gateway.look().backends[0]).toMatchObject({ failures: 1, active: 0 });
});

test("an HTTP/1.0 client gets an answer that announced trailers, without them", async () => {
  const chunks =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n";
  const { port } = await gatewayTo([await rawBackend("a", (socket) => void socket.write(chunks))]);
  const answer = await raw(port, get("", "1.0"));
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(answer).not.toMatch(/trailer|x-sum/i);
  expect(answer.endsWith("\r\n\r\nok")).toBe(true);
});

test("early hints reach the client before the answer", async () => {
  const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\n\r\n";
  const { port } = await gatewayTo([await rawBackend("a", (socket) => void socket.write(hints + OK))]);
  expect(await raw(port, get())).toMatch(/^HTTP\/1.1 103 [\s\S]*link: <\/a.css>[\s\S]*HTTP\/1.1 200 OK/i);
  expect(await raw(port, get("", "1.0"))).toMatch(/^HTTP\/1.1 200 OK/);
});

test("no Host, or another expectation than 100-continue: problem details say so", async () => {
  const { port } = await gatewayTo([await rawBackend("a", (socket) => void socket.write(OK))]);
  expect(await raw(port, "GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 400 [\s\S]*there is no Host header/);
  expect(await raw(port, get("Expect: fairness\r\n"))).toMatch(/^HTTP\/1.1 417 [\s\S]*"code":"gateway.request"/);
});
