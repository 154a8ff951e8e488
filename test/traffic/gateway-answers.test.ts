import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHUNKED, readAnswerHead, UNTIL_CLOSE } from "../../local/gateway/answer-head.ts";
import { BROKEN, MORE, newChunks, readChunks } from "../../local/gateway/chunks.ts";

const read = (head: string, method = "GET") => readAnswerHead(head.replaceAll("\n", "\r\n"), method);

test("the length of a body is known by the rules of RFC 9112, in their order", () => {
  expect(read("HTTP/1.1 200 OK\nContent-Length: 5\n")).toMatchObject({ length: 5, reusable: true, reason: "OK" });
  expect(read("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n")).toMatchObject({ length: CHUNKED, reusable: true });
  expect(read("HTTP/1.1 200 OK\n")).toMatchObject({ length: UNTIL_CLOSE, reusable: false });
  expect(read("HTTP/1.1 200 OK\nContent-Length: 5\n", "HEAD")).toMatchObject({ length: 0, reusable: true });
  expect(read("HTTP/1.1 304 Not Modified\nContent-Length: 5\n")).toMatchObject({ length: 0, reusable: true });
  expect(read("HTTP/1.1 204\n")).toMatchObject({ length: 0, reason: "", headers: [] });
  expect(read("HTTP/1.0 200 OK\nContent-Length: 5\n")).toMatchObject({ length: 5, reusable: false });
  expect(read("HTTP/1.1 200 OK\nContent-Length: 5\nConnection: close\n")).toMatchObject({ reusable: false });
});

test.each([
  ["a length and chunks", "HTTP/1.1 200 OK\nContent-Length: 5\nTransfer-Encoding: chunked\n"],
  ["two lengths, even the same", "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 5\n"],
  ["a length with a sign", "HTTP/1.1 200 OK\nContent-Length: +5\n"],
  ["a list of lengths", "HTTP/1.1 200 OK\nContent-Length: 5, 5\n"],
  ["another transfer coding", "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n"],
  ["chunks of HTTP/1.0", "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n"],
  ["a folded line", "HTTP/1.1 200 OK\nA: b\n c\n"],
  ["a blank before the colon", "HTTP/1.1 200 OK\nContent-Length : 5\n"],
  ["a line without a colon", "HTTP/1.1 200 OK\nnonsense\n"],
  ["an empty name", "HTTP/1.1 200 OK\n: x\n"],
  ["a control character", "HTTP/1.1 200 OK\nA: b\u0001c\n"],
  ["another version", "HTTP/2.0 200 OK\n"],
  ["a status of two digits", "HTTP/1.1 20 OK\n"],
  ["no status line", "A: b\n"],
])("%s is no answer", (_, head) => {
  expect(read(head)).toBeUndefined();
});

test("a single CR or LF within the head is no answer", () => {
  expect(readAnswerHead("HTTP/1.1 200 OK\r\nA: b\nContent-Length: 5\r\n", "GET")).toBeUndefined();
  expect(readAnswerHead("HTTP/1.1 200 OK\r\nA: b\rContent-Length: 5\r\n", "GET")).toBeUndefined();
});

test("headers of the connection stay on it, also those that Connection names", () => {
  const head = read(
    "HTTP/1.1 200 OK\nConnection: x-mine, keep-alive\nX-Mine: 1\nKeep-Alive: timeout=5\nX-Other: 2\nContent-Length: 0\n",
  );
  expect(head).toMatchObject({ headers: ["X-Other", "2", "Content-Length", "0"], keepAliveMs: 5000 });
});

test("a 204 that announces a body ends its connection: what follows would be taken for the next answer", () => {
  expect(read("HTTP/1.1 204 No Content\nContent-Length: 5\n")).toMatchObject({
    length: 0,
    reusable: false,
    headers: [],
  });
});

const dechunk = (parts: readonly string[]) => {
  const chunks = newChunks();
  let body = "";
  let end = MORE;
  for (const part of parts) {
    const bytes = Buffer.from(part, "latin1");
    end = readChunks(chunks, bytes, 0, (one) => (body += one.toString("latin1")));
    if (end !== MORE) return { body, end, trailers: chunks.trailers, rest: end < 0 ? "" : part.slice(end) };
  }
  return { body, end, trailers: chunks.trailers, rest: "" };
};

test("chunks are read the same however they are cut", () => {
  const piece = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 5 }),
      fc.boolean(),
      fc.array(fc.nat(40), { maxLength: 8 }),
      (pieces, trailer, cuts) => {
        const end = `0\r\n${trailer ? "X-Sum: 1\r\n" : ""}\r\n`;
        const text = `${pieces.map((one) => `${one.length.toString(16)};a=b\r\n${one}\r\n`).join("")}${end}`;
        const parts: string[] = [];
        let rest = text;
        for (const cut of cuts) {
          parts.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        const found = dechunk([...parts, `${rest}NEXT`]);
        expect(found.body).toBe(pieces.join(""));
        expect(found.rest === "" || found.rest.endsWith("NEXT")).toBe(true);
        expect(found.trailers).toEqual(trailer ? ["X-Sum", "1"] : []);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  ["g\r\n"],
  ["\r\n"],
  ["5\nhello\r\n"],
  ["5\r\nhelloX\r\n"],
  ["-5\r\n"],
  ["0x5\r\n"],
  ["fffffffffffffff\r\n"],
  ["0\r\nA b\r\n\r\n"],
])("%j is no chunk", (text) => {
  expect(dechunk([text]).end).toBe(BROKEN);
});

/** What node's own client makes of the same bytes, as one line; undefined: it takes them for broken. */
async function nodeReads(
  bytes: string,
  ask: { port: number; say: (bytes: string) => void },
): Promise<string | undefined> {
  ask.say(bytes);
  return new Promise((resolve) => {
    const sent = request({ port: ask.port, host: "127.0.0.1", agent: false, maxHeaderSize: 65_536 }, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (part) => (body += part));
      response.on("error", () => resolve(undefined));
      response.on("end", () => resolve(response.complete ? `${response.statusCode} ${body}` : undefined));
    });
    sent.on("error", () => resolve(undefined));
    sent.end();
  });
}

test("whatever is read of an answer is what node's own parser reads of it: nothing is understood that another one would not", async () => {
  let bytes = "";
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes, "latin1"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ask = { port, say: (text: string) => (bytes = text) };
  const lines = [
    "Content-Length: 3",
    "content-length: 2",
    "Content-Length: 03",
    "Content-Length: x",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: CHUNKED",
    "Transfer-Encoding: identity",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding:\tchunked ",
    "X: a\u00ff b",
    "X: a\r",
    "X\u0000: b",
    " folded",
    "Connection: close",
    "Connection: keep-alive",
  ];
  const bodies = [
    "",
    "abc",
    "3\r\nabc\r\n0\r\n\r\n",
    "3\nabc\n0\n\n",
    "3 ;x=1\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    "abcHTTP/1.1 200 OK\r\n\r\n",
  ];
  const some = fc.tuple(
    fc.constantFrom("HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 404", "HTTP/1.1  200 OK", "HTTP/1.1 204 No"),
    fc.array(fc.constantFrom(...lines), { maxLength: 3 }),
    fc.constantFrom(...bodies),
  );
  let both = 0;
  await fc.assert(
    fc.asyncProperty(some, async ([status, fields, body]) => {
      const head = `${[status, ...fields].join("\r\n")}\r\n`;
      const mine = readAnswerHead(head, "GET");
      if (!mine) return;
      let text = mine.length === UNTIL_CLOSE ? body : body.slice(0, Math.max(0, mine.length));
      if (mine.length > body.length) return;
      if (mine.length === CHUNKED) {
        const found = dechunk([body]);
        if (found.end < 0) return;
        text = found.body;
      }
      both++;
      // What comes behind an answer ends the connection here, and is an error there.
      const sent = mine.length >= 0 ? body.slice(0, mine.length) : body;
      expect(await nodeReads(`${head}\r\n${sent}`, ask)).toBe(`${mine.status} ${text}`);
    }),
    { numRuns: 400, seed: 7 },
  );
  server.close();
  expect(both).toBeGreaterThan(50);
});
