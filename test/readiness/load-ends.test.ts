import { describe, expect, test } from "vitest";
import { readLoadPlan } from "../../functions/readiness/load-read.ts";
import { kafkaSender } from "../../local/load-test/kafka-sender.ts";
import { makeRecorder } from "../../local/load-test/recorder.ts";
import { planSegments, runLoad } from "../../local/load-test/run.ts";
import { totalsOf } from "../../shared/core/readiness/load/rows.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import { listening, sent, talking } from "./load-wire-kit.ts";

describe("how it ends", () => {
  test("what waits when a test is ended is never sent, over HTTP", async () => {
    let seen = 0;
    const abort = new AbortController();
    const port = await listening((_request, response) => {
      seen += 1;
      if (seen === 1) setTimeout(() => abort.abort(), 20);
      setTimeout(() => response.end("ok"), 50);
    });
    const counted = await sent(port, { rate: 1_000, ms: 500, connections: 1, timeoutMs: 5_000, signal: abort.signal });
    expect(counted).toMatchObject({ sent: 1, ok: 1, timeouts: 0, errors: 0 });
    expect(counted.unsent).toBe(counted.asked - 1);
    expect(counted.unsent).toBeGreaterThan(2);
    expect(seen).toBe(1);
  });

  test("what waits when a test is ended is never sent, to Kafka", async () => {
    const recorder = makeRecorder();
    const appended: number[] = [];
    const answer = Promise.withResolvers<void>();
    const sender = kafkaSender({
      streams: {
        append: async (given) => {
          appended.push(given.length);
          await answer.promise;
          return given.map(({ topic, partition }) => ({ topic, partition, status: "done" as const, baseOffset: 0 }));
        },
      },
      ...{ topic: "t", partitions: [0], keyBytes: 0, keys: 1, valueBytes: 1, lingerMs: 0, timeoutMs: 1_000 },
      ...{ connections: 1, seed: 1, recorder, now: () => 5, clock: () => 0 },
    });
    for (const at of [1, 2, 3]) sender.send(at, recorder.due(at, at));
    sender.stop();
    answer.resolve();
    while (sender.isOpen()) await new Promise((resolve) => setImmediate(resolve));
    const [row] = recorder.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    expect(row).toMatchObject({ asked: 3, sent: 1, ok: 1, unsent: 2 });
    expect(appended).toEqual([1]);
  });

  test("a request is counted once, also where its answer began before its timeout; one cut off by a reset is a failure", async () => {
    const slow = await talking((socket) => socket.write("HTTP/1.1 200 OK\r\n\r\nhalf of"));
    const once = await sent(slow, { rate: 100, ms: 50, connections: 5, timeoutMs: 60 });
    expect(once).toMatchObject({ asked: 5, timeouts: 5, ok: 0, errors: 0 });
    const reset = await talking((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\nhalf of", () => setTimeout(() => socket.resetAndDestroy(), 10));
    });
    const cut = await sent(reset, { rate: 100, ms: 50, connections: 5, timeoutMs: 1_000 });
    expect(cut).toMatchObject({ asked: 5, errors: 5, ok: 0, timeouts: 0 });
    const whole = await talking((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nall of it"));
    expect(await sent(whole, { rate: 100, ms: 50, connections: 5, timeoutMs: 1_000 })).toMatchObject({ ok: 5 });
  });

  test("a part with nothing due tells its seconds all the same, and to its end", () => {
    const recorder = makeRecorder();
    const late = recorder.due(3_500, 3_500);
    expect(recorder.take(4_100, 4_100).map(({ second, asked }) => [second, asked])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
    recorder.sent(late, false, 4_200);
    recorder.answered(late, 3_500, 4_200, 4_300, true);
    expect(recorder.take(Number.POSITIVE_INFINITY, 6_500).map(({ second, ok }) => [second, ok])).toEqual([
      [3, 1],
      [4, 0],
      [5, 0],
    ]);
  });

  test("workers are no more than connections", async () => {
    const sockets = new Set<unknown>();
    const port = await listening((request, response) => {
      sockets.add(request.socket);
      setTimeout(() => response.end("ok"), 30);
    });
    const plan = readLoadPlan(
      JSON.stringify({
        name: "x",
        target: { http: { url: `http://127.0.0.1:${port}` } },
        ...{
          workers: 3,
          connections: 2,
          arrivals: "uniform",
          stages: [{ shape: "constant", rate: 100, for: "200ms" }],
        },
      }),
    );
    const segments = await planSegments(plan, () => Promise.reject(new Error("no trace")));
    const run = await runLoad({ plan, segments, secrets: secrets({ env: {}, baseDir: "." }), owned: [] });
    expect(totalsOf(run.rows)).toMatchObject({ asked: 20, ok: 20 });
    expect(sockets.size).toBe(2);
  });
});

describe("whose brokers", () => {
  test.each([
    ["configured", ["8.8.8.8:9092"], "127.0.0.1"],
    ["told of by the others", ["127.0.0.1:9092"], "8.8.8.8"],
  ])("brokers of a cluster are somebody's as well: %s", async (_how, brokers, host) => {
    const streams = memoryStreams();
    await streams.createTopic({ name: "t", partitions: 1, replicationFactor: 1, configs: [] });
    const plan = readLoadPlan(
      JSON.stringify({
        name: "x",
        target: { kafka: { cluster: "main", topic: "t" } },
        arrivals: "uniform",
        stages: [{ shape: "constant", rate: 20, for: "100ms" }],
      }),
    );
    const segments = await planSegments(plan, () => Promise.reject(new Error("no trace")));
    const cluster = async () => ({ id: "c", brokers: [{ id: 1, host, port: 9092 }] });
    const run = (owned: readonly string[]) =>
      runLoad({
        ...{ plan, segments, brokers, owned },
        streams: { ...streams, cluster },
        secrets: secrets({ env: {}, baseDir: "." }),
      });
    await expect(run([])).rejects.toThrow("--yes-i-own 8.8.8.8");
    expect((await streams.offsets([{ topic: "t", partition: 0 }]))[0]?.end).toBe(0);
    expect(totalsOf((await run(["8.8.8.8"])).rows).ok).toBe(2);
  });
});
