import { describe, expect, test } from "vitest";
import { type CopyRequest, copyUnit } from "../../functions/backup/copy-unit.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Fetched } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import { readBack, stretchesOf } from "./copy-kit.ts";
import { memoryPlaces } from "./point-kit.ts";

const T0 = 1_700_000_000_000;

async function logOf(partitions: number, each: number): Promise<MemoryLog> {
  let now = T0;
  const log = memoryStreams({ now: () => now++ });
  await log.createTopic({ name: "orders", partitions, replicationFactor: 1, configs: [] });
  for (let partition = 0; partition < partitions; partition += 1) fill(log, partition, each);
  return log;
}
function fill(log: MemoryLog, partition: number, each: number) {
  for (let index = 0; index < each; index += 1)
    log.produce("orders", partition, [{ key: `k${index}`, value: `v${index}` }]);
}

/** A copy in virtual time. `streams` may be another one than the log: what lies in front of it. */
async function copy(log: MemoryLog, given: Partial<CopyRequest> = {}) {
  const places = memoryPlaces("primary", "secondary");
  let clock = T0;
  const receipt = await copyUnit({
    ...{ streams: log, places, prefix: "data/p/x/", unit: 1, part: 0, attempt: "a" },
    stretches: given.stretches ?? (await stretchesOf(log)),
    deadline: () => false,
    now: () => clock,
    pause: async (ms) => {
      clock += ms;
    },
    ...given,
  });
  const used = given.places ?? places;
  const back = used[0] && (await readBack(used[0].objects, [receipt]));
  const offsets = (partition: number) => back?.get(`orders-${partition}`)?.map(({ offset }) => offset);
  return { receipt, offsets, elapsed: clock - T0, gaps: receipt.stretches.flatMap(({ gaps }) => gaps) };
}

/** The log with something done to each answer. */
const through = (log: MemoryLog, change: (answer: Fetched, call: number) => Fetched): Streams => {
  let calls = 0;
  return {
    ...log,
    fetch: async (requests) => {
      const call = calls++;
      return (await log.fetch(requests)).map((answer) => change(answer, call));
    },
  };
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe("copying a unit", () => {
  test("puts chunks of many partitions into one object, the same at all places", async () => {
    const log = await logOf(5, 3);
    const { receipt, offsets } = await copy(log);
    expect(receipt.objects).toEqual([
      {
        key: "data/p/x/1-0-a-0.zst",
        size: expect.any(Number),
        sha256: expect.any(String),
        at: ["primary", "secondary"],
      },
    ]);
    expect(receipt.stretches.map(({ next, chunks }) => [next, chunks.length])).toEqual(new Array(5).fill([3, 1]));
    expect(range(0, 5).map(offsets)).toEqual(new Array(5).fill([0, 1, 2]));
    expect(receipt.rest).toEqual([]);
  });

  test("of nothing writes nothing", async () => {
    const { receipt } = await copy(await logOf(2, 0));
    expect([receipt.objects, receipt.rest]).toEqual([[], []]);
  });

  test("goes on at the start of the log where retention was faster, and says what is gone", async () => {
    const log = await logOf(1, 10);
    const stretches = await stretchesOf(log);
    await log.deleteRecords([{ topic: "orders", partition: 0, offset: 4 }]);
    const { gaps, offsets } = await copy(log, { stretches });
    expect(gaps).toEqual([
      {
        ...{ kind: "retention", topic: "orders", partition: 0, from: 0, to: 4 },
        why: "orders-0: retention removed offsets 0 to 3 before they could be read",
      },
    ]);
    expect(offsets(0)).toEqual(range(4, 10));
  });

  test("of a topic that is deleted on the way keeps what was read, and says from where on it is gone", async () => {
    const log = await logOf(1, 6);
    const stretches = await stretchesOf(log);
    log.faults.before("fetch", 3, () => void log.deleteTopic("orders"));
    const { gaps, offsets, receipt } = await copy(log, { stretches, fetchBytes: 1 });
    expect(offsets(0)).toEqual([0, 1]);
    expect(gaps).toMatchObject([{ kind: "deleted", from: 2, to: 6 }]);
    expect([receipt.stretches[0]?.next, receipt.rest]).toEqual([2, []]);
  });

  test("of a topic that is made again on the way counts nothing of it: no record of the new one is taken for an old one", async () => {
    const log = await logOf(1, 6);
    const stretches = await stretchesOf(log);
    log.faults.before("fetch", 3, () => {
      log.recreate("orders");
      fill(log, 0, 9);
    });
    const { gaps, offsets, receipt } = await copy(log, { stretches, fetchBytes: 1 });
    expect(offsets(0)).toEqual([]);
    expect(gaps).toMatchObject([{ kind: "recreated", from: 0, to: 6 }]);
    expect(receipt.stretches[0]?.next).toBe(0);
  });

  test("of a log that lost its end says so, after it has waited for a leader that may just be catching up", async () => {
    const log = await logOf(1, 6);
    const stretches = await stretchesOf(log);
    log.truncate("orders", 0, 4);
    const { gaps, offsets, receipt, elapsed } = await copy(log, { stretches });
    expect(gaps).toMatchObject([{ kind: "truncated", from: 4, to: 6 }]);
    expect([offsets(0), receipt.stretches[0]?.next]).toEqual([range(0, 4), 4]);
    expect(elapsed).toBeGreaterThan(3_000);
  });

  test("without permission says who refused, and copies the rest", async () => {
    const log = await logOf(2, 3);
    const refused = through(log, (answer) =>
      answer.partition === 0
        ? { topic: "orders", partition: 0, status: "failed", why: "READ on topic orders is denied", retryable: false }
        : answer,
    );
    const { gaps, offsets } = await copy(log, { streams: refused });
    expect(gaps).toMatchObject([
      { kind: "unread", partition: 0, from: 0, to: 3, why: "orders-0: READ on topic orders is denied" },
    ]);
    expect(offsets(1)).toEqual(range(0, 3));
  });

  test("gives up a partition that nobody leads after a while, and a later run goes on there", async () => {
    const log = await logOf(2, 3);
    const stretches = await stretchesOf(log);
    log.faults.leaderless("orders", 0);
    const { gaps, offsets, receipt, elapsed } = await copy(log, { stretches, patience: 60_000 });
    expect(gaps).toMatchObject([{ kind: "unread", partition: 0, from: 0, to: 3 }]);
    expect([receipt.stretches[0]?.next, receipt.rest, offsets(1)]).toEqual([0, [], range(0, 3)]);
    expect(elapsed).toBeGreaterThanOrEqual(60_000);
  });

  test("waits for a cluster that is away for a while, and fails where it stays away", async () => {
    const log = await logOf(1, 3);
    const stretches = await stretchesOf(log);
    log.faults.fail("fetch", { times: 5 });
    log.faults.fail("topics", { times: 3 });
    expect((await copy(log, { stretches })).offsets(0)).toEqual(range(0, 3));
    log.faults.down();
    await expect(copy(log, { stretches })).rejects.toMatchObject({ code: "streams.unavailable", retryable: true });
  });

  test("at its deadline finishes what it has and leaves the rest", async () => {
    const log = await logOf(1, 9);
    let looks = 0;
    const { receipt, offsets } = await copy(log, { fetchBytes: 1, deadline: () => ++looks > 6 });
    const next = receipt.stretches[0]?.next ?? 0;
    expect(next).toBeGreaterThan(0);
    expect(next).toBeLessThan(9);
    expect(receipt.rest).toMatchObject([{ topic: "orders", partition: 0, from: next, to: 9 }]);
    expect(offsets(0)).toEqual(range(0, next));
  });

  test("asks again for a batch that came damaged, and leaves out one that stays so", async () => {
    const log = await logOf(1, 5);
    const flip = (answer: Fetched): Fetched => {
      if (answer.status !== "ok") return answer;
      const records = new Uint8Array(answer.records);
      // In the value of the last record.
      records[records.length - 3] = (records[records.length - 3] as number) ^ 1;
      return { ...answer, records };
    };
    const once = await copy(log, { streams: through(log, (answer, call) => (call === 0 ? flip(answer) : answer)) });
    expect([once.offsets(0), once.gaps]).toEqual([range(0, 5), []]);
    const always = await copy(log, { streams: through(log, flip), fetchBytes: 1_000_000 });
    expect(always.offsets(0)).toEqual(range(0, 4));
    expect(always.gaps).toMatchObject([
      {
        kind: "unread",
        from: 4,
        to: 5,
        why: expect.stringMatching(/^orders, partition 0, offsets 4 to 4: the checksum of the batch/),
      },
    ]);
  });

  test("leaves a place that fails behind for that object and tells which places have it", async () => {
    const log = await logOf(1, 40);
    const [primary, secondary] = memoryPlaces("primary", "secondary");
    let writes = 0;
    const failing = {
      name: "secondary",
      objects: {
        ...secondary?.objects,
        putStream: async (key: string, body: AsyncIterable<Uint8Array>) => {
          if (writes++ === 1) throw new HeadgateError("objects.unavailable", "disk full");
          return secondary?.objects.putStream(key, body);
        },
      },
    };
    const places = [primary, failing] as CopyRequest["places"];
    const { receipt, offsets } = await copy(log, { places, chunkBytes: 300, objectBytes: 400 });
    expect(receipt.objects.length).toBeGreaterThan(2);
    expect(receipt.objects.map(({ at }) => at.join())).toEqual(
      receipt.objects.map((_, index) => (index === 1 ? "primary" : "primary,secondary")),
    );
    expect(offsets(0)).toEqual(range(0, 40));
  });

  test("fails where no place takes an object", async () => {
    const log = await logOf(1, 40);
    const places = memoryPlaces("primary").map(({ name, objects }) => ({
      name,
      objects: { ...objects, putStream: () => Promise.reject(new HeadgateError("objects.unavailable", "disk full")) },
    }));
    await expect(copy(log, { places, chunkBytes: 300 })).rejects.toMatchObject({
      code: "objects.unavailable",
      message: "disk full",
    });
  });

  test("that is stopped leaves no half object anywhere", async () => {
    const log = await logOf(1, 40);
    const places = memoryPlaces("primary", "secondary");
    const stop = new AbortController();
    const streams = through(log, (answer, call) => {
      if (call === 5) stop.abort(new Error("stopped"));
      return answer;
    });
    await expect(copy(log, { places, streams, fetchBytes: 1, chunkBytes: 100, signal: stop.signal })).rejects.toThrow(
      "stopped",
    );
    for (const { objects } of places) expect((await objects.list("")).items).toEqual([]);
  });

  test("waits for a new leader that does not know yet what is decided", async () => {
    const log = await logOf(1, 6);
    const behind = through(log, (answer, call) =>
      answer.status === "ok" && call > 0 && call < 20 ? { ...answer, records: new Uint8Array(), stable: 1 } : answer,
    );
    const { offsets, gaps, elapsed } = await copy(log, { streams: behind, fetchBytes: 1 });
    expect([offsets(0), gaps]).toEqual([range(0, 6), []]);
    expect(elapsed).toBeGreaterThan(10_000);
  });

  test("goes past offsets that compaction took up to the end, and counts them", async () => {
    const log = await logOf(1, 6);
    const stretches = (await stretchesOf(log)).map((one) => ({ ...one, to: 6 }));
    const hollow = through(log, (answer) => {
      if (answer.status !== "ok" || answer.records.length === 0) return answer;
      return { ...answer, records: answer.records.subarray(0, answer.records.length / 3) };
    });
    const cut: Streams = {
      ...hollow,
      fetch: async (requests) =>
        (await hollow.fetch(requests)).map((answer, at) =>
          answer.status === "ok" && (requests[at]?.offset ?? 0) >= 2
            ? { ...answer, records: new Uint8Array() }
            : answer,
        ),
    };
    const { gaps, offsets, receipt } = await copy(log, { streams: cut, stretches });
    expect(offsets(0)).toEqual([0, 1]);
    expect(gaps).toMatchObject([
      { kind: "compacted", from: 2, to: 6, why: "orders-0: 4 offsets hold no record, compaction took them" },
    ]);
    expect(receipt.stretches[0]?.next).toBe(6);
  });
});
