import { type AddressInfo, createServer as createTcp } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLoadPlan } from "../../functions/readiness/load-read.ts";
import { generate } from "../../local/load-test/generate.ts";
import { httpSender } from "../../local/load-test/http-sender.ts";
import { kafkaSender } from "../../local/load-test/kafka-sender.ts";
import { makeRecorder } from "../../local/load-test/recorder.ts";
import { responseReader } from "../../local/load-test/response-reader.ts";
import { allowedAddress, isOwn, wireRequests } from "../../local/load-test/target.ts";
import { pack, quantile } from "../../shared/core/readiness/load/histogram.ts";
import { type LoadSecond, mergedRows, totalsOf } from "../../shared/core/readiness/load/rows.ts";
import { segmentsOf } from "../../shared/core/readiness/load/schedule.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import { GET, listening, sent } from "./load-wire-kit.ts";

describe("reading answers", () => {
  const CASES: readonly (readonly [what: string, text: string, statuses: readonly number[], head?: boolean])[] = [
    ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", [200]],
    ["no body", "HTTP/1.1 204 No Content\r\n\r\n", [204]],
    ["an empty body", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", [200]],
    [
      "chunks, with extensions and trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\n\r\n\r\n\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n",
      [200],
    ],
    [
      "an interim answer before it",
      "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno",
      [500],
    ],
    ["HEAD, which says a length and has no body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", [200], true],
  ];

  test.each(CASES.map(([what, text, statuses, head = false]) => ({ what, text, statuses, head })))(
    "$what, however it is cut",
    ({ text, statuses, head }) => {
      const bytes = Buffer.from(text);
      fc.assert(
        fc.property(fc.array(fc.nat(bytes.length), { maxLength: 5 }), (cuts) => {
          const found: number[] = [];
          const reader = responseReader((status, again) => {
            found.push(status);
            expect(again).toBe(true);
          });
          reader.expect(head);
          const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
          for (let index = 1; index < places.length; index += 1)
            expect(reader.feed(bytes.subarray(places[index - 1], places[index]))).toBeUndefined();
          expect(found).toEqual(statuses);
          expect(reader.end()).toBe(false);
        }),
        { numRuns: 40 },
      );
    },
  );

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
    ["a chunk that is longer than it said", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabcd"],
    ["more than was asked for", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"],
    ["a head without end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(70_000)}`],
    ["a switch of protocols", "HTTP/1.1 101 Switching\r\n\r\n"],
  ])("%s is no answer", (_what, text) => {
    const reader = responseReader(() => {});
    reader.expect(false);
    expect(typeof reader.feed(Buffer.from(text))).toBe("string");
  });

  test("an answer without a length ends with its connection", () => {
    const found: [number, boolean][] = [];
    const reader = responseReader((...one) => void found.push(one));
    reader.expect(false);
    reader.feed(Buffer.from("HTTP/1.0 200 OK\r\n\r\nall of"));
    reader.feed(Buffer.from(" this"));
    expect(found).toEqual([]);
    expect(reader.end()).toBe(true);
    expect(found).toEqual([[200, false]]);
  });
});

test("rows stand for the second in which requests were due, and are final only when all of them are over", () => {
  const recorder = makeRecorder();
  const first = recorder.due(900, 905);
  recorder.sent(first, false, 905);
  const second = recorder.due(1_100, 1_100);
  recorder.sent(second, true, 1_150);
  recorder.answered(second, 1_100, 1_150, 1_200, true);
  const failed = recorder.due(1_300, 1_300);
  recorder.givenUp(failed, 1_300, false, 1_900);
  expect(recorder.take(2_500, 2_500).map((row) => row.second)).toEqual([1]);
  recorder.answered(first, 900, 905, 3_400, true);
  const rows = recorder.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  expect(rows.map(({ second: at, asked, ok, done }) => [at, asked, ok, done])).toEqual([
    [0, 1, 1, 0],
    [3, 0, 0, 1],
  ]);
  expect(quantile(rows[0]?.latency ?? pack(recorder.lag), 1)).toBe(2_500_000);
  expect(recorder.service.most).toBe(2_495_000);
  expect(recorder.inFlight()).toBe(0);
});

describe("sending", () => {
  test("a generator that begins late makes up for what was due, and says that it was late", async () => {
    const port = await listening((_request, response) => response.end("ok"));
    const rows: LoadSecond[] = [];
    const from = performance.now();
    const now = () => performance.now() - from + 1_000;
    const { lag } = await generate({
      segments: segmentsOf([{ shape: "constant", rate: 50, for: 1_100 }]),
      ...{ arrivals: "uniform", seed: 1, part: 0, of: 1, now },
      rows: (some) => void rows.push(...some),
      sender: (recorder) =>
        httpSender({
          host: "127.0.0.1",
          port,
          requests: [GET],
          connections: 8,
          timeoutMs: 5_000,
          seed: 1,
          recorder,
          now,
        }),
    });
    expect(totalsOf(mergedRows(rows))).toMatchObject({ asked: 55, ok: 55 });
    expect(quantile(lag, 1)).toBeGreaterThan(900_000);
    expect(quantile(totalsOf(mergedRows(rows)).latency, 0.5)).toBeGreaterThan(300_000);
  });

  test("a stall shows from when requests were due, and is hidden from when they were sent", async () => {
    const began = performance.now();
    const port = await listening((_request, response) => {
      const into = performance.now() - began;
      setTimeout(() => response.end("ok"), into > 50 && into < 200 ? 200 - into : 0);
    });
    const { asked, ok, late, latency, service } = await sent(port, {
      rate: 500,
      ms: 300,
      connections: 2,
      timeoutMs: 5_000,
    });
    expect([asked, ok]).toEqual([150, 150]);
    expect(late).toBeGreaterThan(20);
    expect(quantile(latency, 0.75)).toBeGreaterThan(50_000);
    expect(quantile(service, 0.5)).toBeLessThan(quantile(latency, 0.5) as number);
  });

  test("what is not answered in time, and what never got a connection, is told and counted", async () => {
    const port = await listening(() => {});
    const { asked, timeouts, unsent, ok, latency } = await sent(port, {
      rate: 1_000,
      ms: 100,
      connections: 1,
      timeoutMs: 60,
    });
    expect(asked).toBe(100);
    expect(timeouts + unsent).toBe(100);
    expect(timeouts).toBeGreaterThan(0);
    expect(unsent).toBeGreaterThan(0);
    expect(ok).toBe(0);
    expect(quantile(latency, 0.01)).toBeGreaterThanOrEqual(59_000);
  });

  test("refused connections, other statuses and connections that end are failures; an idle one that was closed is not", async () => {
    const bad = await listening((_request, response) => response.writeHead(503).end());
    expect(await sent(bad, { rate: 200, ms: 50, connections: 5, timeoutMs: 500 })).toMatchObject({ errors: 10, ok: 0 });
    const wanted = { ...GET, expect: 503 };
    expect(await sent(bad, { rate: 200, ms: 50, connections: 5, timeoutMs: 500, request: wanted })).toMatchObject({
      ok: 10,
    });
    const closing = await listening((_request, response) => response.writeHead(200, { connection: "close" }).end("x"));
    expect(await sent(closing, { rate: 200, ms: 50, connections: 5, timeoutMs: 500 })).toMatchObject({ ok: 10 });
    const rude = createTcp((socket) => socket.on("error", () => {}).once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    const { port } = rude.address() as AddressInfo;
    expect(await sent(port, { rate: 200, ms: 50, connections: 5, timeoutMs: 500 })).toMatchObject({
      errors: 10,
      ok: 0,
    });
    await new Promise((resolve) => rude.close(resolve));
    expect(await sent(port, { rate: 200, ms: 50, connections: 5, timeoutMs: 500 })).toMatchObject({
      errors: 10,
      ok: 0,
    });
  });

  test("records go to Kafka in batches, each counted from when it was due, and all of them are there", async () => {
    const streams = memoryStreams();
    await streams.createTopic({ name: "orders", partitions: 3, replicationFactor: 1, configs: [] });
    const rows: LoadSecond[] = [];
    const from = performance.now();
    const now = () => performance.now() - from;
    await generate({
      segments: segmentsOf([{ shape: "constant", rate: 2_000, for: 100 }]),
      ...{ arrivals: "uniform", seed: 1, part: 0, of: 1, now },
      rows: (some) => void rows.push(...some),
      sender: (recorder) =>
        kafkaSender({
          ...{ streams, topic: "orders", partitions: [0, 1, 2], keyBytes: 8, keys: 50, valueBytes: 64, lingerMs: 5 },
          ...{ timeoutMs: 1_000, connections: 8, seed: 1, recorder, now, clock: () => 1_700_000_000_000 },
        }),
    });
    expect(totalsOf(mergedRows(rows))).toMatchObject({ asked: 200, ok: 200, errors: 0 });
    const ends = await streams.offsets([0, 1, 2].map((partition) => ({ topic: "orders", partition })));
    expect(ends.reduce((sum, { end }) => sum + end, 0)).toBe(200);
    expect(ends.every(({ end }) => end > 0)).toBe(true);
  });
});

describe("where load may go", () => {
  test("this machine and private networks, nobody else's", async () => {
    const addresses = [
      "127.0.0.1",
      "10.1.2.3",
      "172.31.0.1",
      "192.168.1.1",
      "::1",
      "fd12::1",
      "8.8.8.8",
      "172.32.0.1",
      "169.254.169.254",
      "2001:db8::1",
    ];
    expect(addresses.map(isOwn)).toEqual([true, true, true, true, true, true, false, false, false, false]);
    expect(await allowedAddress("127.0.0.1", [])).toBe("127.0.0.1");
    await expect(allowedAddress("8.8.8.8", [])).rejects.toThrow("--yes-i-own 8.8.8.8");
    expect(await allowedAddress("8.8.8.8", ["8.8.8.8"])).toBe("8.8.8.8");
  });

  test("requests are written once, with secrets from where they are kept and never in a message", async () => {
    const target = readLoadPlan(
      JSON.stringify({
        name: "x",
        target: {
          http: {
            url: "http://h:81",
            headers: { Authorization: "env:TOKEN" },
            requests: [{ method: "POST", path: "/a?b", body: "é", headers: { "X-A": "1" } }],
          },
        },
        stages: [{ shape: "constant", rate: 1, for: "1s" }],
      }),
    ).target.http;
    if (!target) throw new Error("no target");
    const [request] = await wireRequests(target, secrets({ env: { TOKEN: "s3cret" }, baseDir: "." }));
    expect(request?.bytes.toString("utf8")).toBe(
      "POST /a?b HTTP/1.1\r\nhost: h:81\r\nauthorization: s3cret\r\nx-a: 1\r\nuser-agent: headgate-load\r\ncontent-length: 2\r\n\r\né",
    );
    const split = wireRequests(target, secrets({ env: { TOKEN: "a\r\nb: s3cret" }, baseDir: "." }));
    await expect(split).rejects.toThrow(/^header Authorization: what is kept there has line breaks$/);
    await expect(wireRequests(target, secrets({ env: {}, baseDir: "." }))).rejects.toThrow("header Authorization");
    const ours = { ...target, headers: { "Content-Length": "4" } };
    await expect(wireRequests(ours, secrets({ env: {}, baseDir: "." }))).rejects.toThrow("written by the test itself");
  });
});
