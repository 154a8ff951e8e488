import { request } from "node:http";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { bodyOf, gatewayTo, httpBackend, raw, rawBackend, until } from "./gateway-world.ts";

const CLOSE = "Connection: close\r\n";
const get = (more = "", path = "/") => `GET ${path} HTTP/1.1\r\nHost: shop\r\n${more}${CLOSE}\r\n`;
const headersOf = (text: string) => text.split("\r\n\r\n", 1)[0]?.toLowerCase() ?? "";

/** A backend that keeps what it was asked, and answers "ok". */
async function listener() {
  const seen: {
    line: string;
    headers: Record<string, string | string[] | undefined>;
    body: string;
    trailers: unknown;
  }[] = [];
  const backend = await httpBackend("a", (incoming, outgoing) => {
    void bodyOf(incoming).then((body) => {
      seen.push({
        line: `${incoming.method} ${incoming.url}`,
        headers: incoming.headers,
        body,
        trailers: incoming.trailers,
      });
      outgoing.end("ok");
    });
  });
  return { backend, seen };
}

test("the Host is kept, X-Forwarded-For grows by the client's address, and what an outer proxy said of protocol and host stays", async () => {
  const { backend, seen } = await listener();
  const { port } = await gatewayTo([backend]);
  await raw(port, get());
  await raw(
    port,
    get(
      "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: outer\r\n",
    ),
  );
  expect(seen[0]?.headers).toMatchObject({
    host: "shop",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "shop",
  });
  expect(seen[1]?.headers).toMatchObject({
    "x-forwarded-for": "1.2.3.4, 5.6.7.8, 127.0.0.1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "outer",
  });
});

test("a traceparent goes through; without one, or with a malformed one, a new trace begins", async () => {
  const { backend, seen } = await listener();
  const { port } = await gatewayTo([backend]);
  const sound = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
  await raw(port, get(`traceparent: ${sound}\r\n`));
  await raw(port, get("traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n"));
  await raw(port, get());
  const traces = seen.map(({ headers }) => headers["traceparent"]);
  expect(traces[0]).toBe(sound);
  for (const made of traces.slice(1)) expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(traces[1]).not.toBe(traces[2]);
});

test("headers of the connection do not go through, nor those that Connection names, in both directions", async () => {
  const backend = await rawBackend("a", (socket, text) => {
    asked = text;
    socket.write(
      "HTTP/1.1 200 OK\r\nConnection: x-back, keep-alive\r\nX-Back: 1\r\nX-Stay: 2\r\nContent-Length: 0\r\n\r\n",
    );
  });
  let asked = "";
  const { port } = await gatewayTo([backend]);
  const more =
    "Connection: X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\nProxy-Authorization: secret\r\nKeep-Alive: timeout=9\r\nX-Stay: 3\r\n";
  const answer = headersOf(await raw(port, get(more)));
  expect(asked.toLowerCase()).toContain("x-stay: 3");
  for (const gone of ["x-mine", "proxy-authorization", "te:", "timeout=9"])
    expect(asked.toLowerCase()).not.toContain(gone);
  expect(answer).toContain("x-stay: 2");
  expect(answer).not.toContain("x-back");
});

test.each([
  ["two Host headers", get("Host: other\r\n"), 400],
  ["no Host", `GET / HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ["a target that is no path", `GET x HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`, 400],
  ["a folded header", get("X: a\r\n b\r\n"), 400],
  ["lines that end in LF alone", "GET / HTTP/1.1\nHost: a\n\n", 400],
  [
    "another transfer coding",
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n${CLOSE}\r\n0\r\n\r\n`,
    501,
  ],
  [
    "a coding that only ends like chunked",
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n${CLOSE}\r\n0\r\n\r\n`,
    501,
  ],
  ["headers larger than 16 KiB", get(`X: ${"x".repeat(20_000)}\r\n`), 431],
  ["CONNECT", `CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`, 405],
  ["TRACE", `TRACE / HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`, 405],
])("%s is refused with problem details, and no backend hears of it", async (_, bytes, status) => {
  const { backend, seen } = await listener();
  const { port } = await gatewayTo([backend]);
  const answer = await raw(port, bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  if (!(status === 400 && bytes.startsWith("GET / HTTP/1.1\r\nConn")))
    expect(answer).toContain("application/problem+json");
  expect(seen).toEqual([]);
});

test("a client that sends its headers too slowly is let go with 408, and holds no backend (slow loris)", async () => {
  const { backend, seen } = await listener();
  const { port } = await gatewayTo([backend], {}, { headersMs: 30 });
  expect(await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nX: ")).toMatch(/^HTTP\/1\.1 408 [\s\S]*gateway\.request/);
  expect(seen).toEqual([]);
});

test("an absolute target is asked for as a path, with the host it names", async () => {
  const { backend, seen } = await listener();
  const { port } = await gatewayTo([backend]);
  await raw(port, get("", "http://real.example/a?b=c#d"));
  expect(seen[0]).toMatchObject({ line: "GET /a?b=c", headers: { host: "real.example" } });
});

test("a body streams in both directions before it has ended, and no end of it is made up", async () => {
  let give = () => {};
  const backend = await httpBackend("a", (incoming, outgoing) => {
    outgoing.writeHead(200);
    incoming.once("data", (part: Buffer) => outgoing.write(`got ${part}`));
    give = () => outgoing.end(", end");
  });
  const gateway = await gatewayTo([backend]);
  const sent = request({ port: gateway.port, host: "127.0.0.1", method: "POST" });
  sent.write("first");
  const text = await new Promise<string>((resolve) => {
    sent.on("response", (response) => {
      let all = "";
      response.on("data", (part) => {
        all += part;
        if (all === "got first") {
          sent.end("second");
          give();
        }
      });
      response.on("end", () => resolve(all));
    });
  });
  expect(text).toBe("got first, end");
});

test("a client that does not read holds the backend back: nothing is gathered in between", async () => {
  const part = Buffer.alloc(64 * 1024);
  let written = 0;
  let full = () => {};
  const held = new Promise<void>((resolve) => (full = resolve));
  const backend = await httpBackend("a", (_, outgoing) => {
    outgoing.writeHead(200, { "content-length": 400 * part.length });
    const more = () => {
      while (written < 400) {
        written++;
        if (!outgoing.write(part)) {
          outgoing.once("drain", more);
          setTimeout(full, 100);
          return;
        }
      }
      outgoing.end();
    };
    more();
  });
  const { port } = await gatewayTo([backend]);
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.pause();
  socket.write(get());
  await held;
  // Far less than the 25 MB have left the backend; what has is in the sockets of the machine.
  expect(written).toBeLessThan(300);
  let bytes = 0;
  socket.on("data", (some) => (bytes += some.length));
  socket.resume();
  await new Promise((closed) => socket.once("close", closed));
  expect(bytes).toBeGreaterThan(400 * part.length);
});

test("trailers go through in both directions, those that frame or authorise do not", async () => {
  const backend = await rawBackend("a", (socket, text) => {
    asked += text;
    if (!asked.includes("\r\n0\r\n")) return;
    socket.write(
      "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\nContent-Length: 9\r\n\r\n",
    );
  });
  let asked = "";
  const { port } = await gatewayTo([backend]);
  const body = "2\r\nhi\r\n0\r\nX-Count: 2\r\nAuthorization: x\r\n\r\n";
  const answer = await raw(
    port,
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Count\r\n${CLOSE}\r\n${body}`,
  );
  expect(asked).toContain("X-Count: 2\r\n\r\n");
  expect(asked).not.toContain("Authorization");
  expect(answer).toContain("0\r\nX-Sum: 7\r\n\r\n");
  expect(answer).not.toContain("Content-Length: 9");
});

test("100 Continue comes from the backend, and only then the body; a refusal comes without it", async () => {
  const backend = await rawBackend("a", (socket, text) => {
    if (text.includes("POST /no")) return void socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    if (text.includes("expect: 100-continue")) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    socket.once("data", (body) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
  });
  const { port } = await gatewayTo([backend]);
  const ask = (path: string) =>
    new Promise<string>((resolve) => {
      const headers = { expect: "100-continue", "content-length": 5 };
      const sent = request({ port, host: "127.0.0.1", method: "POST", path, headers, agent: false });
      let continued = false;
      sent.on("continue", () => {
        continued = true;
        sent.end("hello");
      });
      sent.on("response", async (response) => {
        resolve(`${response.statusCode} ${continued} ${await bodyOf(response)}`);
        sent.destroy();
      });
      sent.on("error", () => {});
      sent.flushHeaders();
    });
  expect(await ask("/yes")).toBe("200 true hello");
  expect(await ask("/no")).toBe("413 false ");
});

test("answers without a body (HEAD, 204, 304) leave the connection to the backend clean for the next one", async () => {
  let connections = 0;
  const answers = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 5\r\n\r\n',
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  ];
  const backend = await rawBackend("a", (socket) => {
    connections = backend.sockets.size;
    socket.write(answers.shift() ?? "");
  });
  const { port } = await gatewayTo([backend]);
  const found = [
    await raw(port, get().replace("GET", "HEAD")),
    await raw(port, get()),
    await raw(port, get()),
    await raw(port, get()),
  ];
  expect(found.map((text) => text.slice(9, 12))).toEqual(["200", "204", "304", "200"]);
  expect(headersOf(found[0] ?? "")).toContain("content-length: 5");
  for (const text of found.slice(0, 3)) expect(text.endsWith("\r\n\r\n")).toBe(true);
  expect(found[3]?.endsWith("ok")).toBe(true);
  expect(connections).toBe(1);
});

test("an answer that lasts until the connection closes is whole; one that breaks off is seen as broken", async () => {
  const backend = await rawBackend("a", (socket, text) => {
    if (text.includes("/whole")) socket.end("HTTP/1.0 200 OK\r\n\r\nall of it");
    else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nnot all");
  });
  const { url, counts } = await gatewayTo([backend]);
  expect(await (await fetch(`${url}/whole`)).text()).toBe("all of it");
  await expect(fetch(`${url}/part`).then((answer) => answer.text())).rejects.toThrow();
  await until(() => counts.inFlight === 0);
  expect(counts).toMatchObject({ completed: 1, abandoned: 1 });
});

test("what a backend sends unasked is never taken for the answer to the next request", async () => {
  const backend = await rawBackend("a", (socket, text) => {
    const path = text.split(" ")[1] ?? "";
    socket.write(
      `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
    );
  });
  const { url } = await gatewayTo([backend]);
  for (const path of ["/a", "/bb", "/ccc"]) expect(await (await fetch(url + path)).text()).toBe(path);
});

test("an answer that is no HTTP is a 502, and its connection is not used again", async () => {
  const backend = await rawBackend("a", (socket) =>
    socket.write("HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n"),
  );
  const { url } = await gatewayTo([backend], { retry: { max: 0 } });
  expect(await (await fetch(url)).json()).toMatchObject({ status: 502, code: "gateway.unreachable" });
  await until(() => backend.sockets.size === 0);
});

test("WebSocket: messages go both ways, and each end's close reaches the other one", async () => {
  const backend = await httpBackend("a", (_, outgoing) => outgoing.end());
  const sockets = new WebSocketServer({ server: backend.server });
  sockets.on("connection", (socket, incoming) => {
    socket.on("message", (data) => socket.send(`${incoming.headers["x-forwarded-for"]} ${data}`));
    socket.on("close", (code) => (closed = code));
  });
  let closed = 0;
  const gateway = await gatewayTo([backend]);
  const client = new WebSocket(gateway.url.replace("http", "ws"));
  await new Promise((open) => client.once("open", open));
  const big = "x".repeat(300_000);
  client.send(big);
  expect(await new Promise((resolve) => client.once("message", (data) => resolve(String(data))))).toBe(
    `127.0.0.1 ${big}`,
  );
  expect(gateway.active("a")).toBe(1);
  client.close(4001);
  await until(() => closed === 4001);
  await gateway.idle("a");
  await until(() => gateway.counts.inFlight === 0);
  expect(gateway.counts).toMatchObject({ completed: 1, failed: 0 });
});

test("a WebSocket that stays open ends with the gateway: closing does not wait for ever", async () => {
  const backend = await httpBackend("a", (_, outgoing) => outgoing.end());
  new WebSocketServer({ server: backend.server });
  const gateway = await gatewayTo([backend], {}, { closeMs: 20 });
  const client = new WebSocket(gateway.url.replace("http", "ws"));
  await new Promise((open) => client.once("open", open));
  const closed = new Promise((done) => client.once("close", done));
  await gateway.close();
  await closed;
  await gateway.idle("a");
});

test("a backend that refuses to switch protocols is heard", async () => {
  const backend = await httpBackend("a", (_, outgoing) => outgoing.end());
  backend.server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"));
  const { port } = await gatewayTo([backend]);
  const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*no$/);
});

test("a request that only offers HTTP/2 is answered as it is", async () => {
  const { backend, seen } = await listener();
  const { port } = await gatewayTo([backend]);
  const answer = await raw(
    port,
    get("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nConnection: Upgrade\r\n"),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200/);
  expect(seen[0]?.headers["upgrade"]).toBeUndefined();
});
