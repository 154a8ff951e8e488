import { describe, expect, it } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { MOST_PARTITIONS, readGroups } from "../../functions/autoscaling/lag-read.ts";
import { observeLags } from "../../functions/autoscaling/lags.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, world } from "../api/kit.ts";
import { lagConfig } from "./lag-given.ts";

const tenant = "default";
const trigger = { type: "api", detail: "test" } as const;
const NAME = "a name of topics";
const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
  search: { ecs: { cluster: data, service: search } }
streams:
  main: { embedded: true }
autoscaling:
  orders:
    min: 0
    max: 10
    policies: [{ type: kafka-lag, cluster: main, group: billing, topics: [orders], perConsumer: 100, cooldown: 3m }]
  search:
    min: 1
    policies: [{ type: kafka-lag, cluster: main, group: index, topics: [orders], rule: keda, lagThreshold: 50 }]
`;

async function log(partitions = 4): Promise<MemoryLog> {
  const made = memoryStreams({ now: () => 1 });
  await made.createTopic({ name: "orders", partitions, replicationFactor: 1, configs: [] });
  return made;
}

const produce = (to: MemoryLog, partition: number, count: number) =>
  to.produce(
    "orders",
    partition,
    Array.from({ length: count }, () => ({ value: "x" })),
  );

const commit = (to: MemoryLog, group: string, offsets: readonly number[], state = "Stable") =>
  to.commitGroup(
    group,
    offsets.map((offset, partition) => ({ topic: "orders", partition, offset })),
    { state, protocolType: "consumer" },
  );

/** The port with some of its calls in place, and how often each was called. */
function counted(port: Streams, over: Partial<Streams> = {}) {
  const calls: string[] = [];
  const one = <K extends "groups" | "topics" | "offsets">(name: K) =>
    ((...given: Parameters<Streams[K]>) => {
      calls.push(name);
      return (over[name] ?? (port[name] as never as (...all: unknown[]) => unknown))(...(given as unknown as [never]));
    }) as Streams[K];
  return { calls, port: { ...port, groups: one("groups"), topics: one("topics"), offsets: one("offsets") } };
}

const ask = (port: Streams, ...wanted: readonly { group: string; topics?: string[] }[]) =>
  readGroups(port, wanted, () => 77);

describe("reading groups", () => {
  it("gives states, committed offsets, ends and starts, by partition", async () => {
    const made = await log(3);
    produce(made, 0, 9);
    produce(made, 1, 4);
    await made.deleteRecords([{ topic: "orders", partition: 1, offset: 2 }]);
    commit(made, "billing", [5, 3]);
    expect(await ask(made, { group: "billing" })).toEqual([
      {
        at: 77,
        state: "Stable",
        topics: {
          orders: [
            [5, 9, 0],
            [3, 4, 2],
            [-1, 0, 0],
          ],
        },
      },
    ]);
  });

  it("asks once for all groups of a cluster", async () => {
    const made = await log();
    commit(made, "a", [0]);
    commit(made, "b", [0]);
    const { calls, port } = counted(made);
    await ask(port, { group: "a" }, { group: "b" }, { group: "a", topics: ["orders"] });
    expect(calls.toSorted()).toEqual(["groups", "offsets", "topics"]);
  });

  it("a group that is not there is empty, and said to be absent; without topics it cannot be told", async () => {
    const made = await log(1);
    const [named, unnamed] = await ask(made, { group: "new", topics: ["orders"] }, { group: "new" });
    expect(named).toEqual({ at: 77, state: "Empty", absent: true, topics: { orders: [[-1, 0, 0]] } });
    expect(unnamed).toEqual({
      at: 77,
      why: "group new has no offsets, and the policy names no topics to read them from",
    });
  });

  it("a partition that nobody leads is unknown, not empty, and is not waited for", async () => {
    const made = await log(2);
    produce(made, 1, 3);
    commit(made, "billing", [0, 0]);
    const topics = (await made.topics()).map((topic) => ({
      ...topic,
      partitions: topic.partitions.map(({ leader, ...one }) =>
        one.partition === 0 ? one : { ...one, leader: leader ?? 0 },
      ),
    }));
    const asked: number[] = [];
    const port = {
      ...made,
      topics: async () => topics,
      offsets: async (all: Parameters<Streams["offsets"]>[0]) => {
        asked.push(...all.map(({ partition }) => partition));
        return made.offsets(all);
      },
    };
    const [seen] = await ask(port, { group: "billing" });
    expect(seen).toMatchObject({ topics: { orders: [null, [0, 3, 0]] } });
    expect(asked).toEqual([1]);
  });

  it("a topic that is named and is not there is an error, one that was deleted meanwhile is not", async () => {
    const made = await log(1);
    await made.createTopic({ name: "old", partitions: 1, replicationFactor: 1, configs: [] });
    commit(made, "billing", [0]);
    made.commitGroup("billing", [{ topic: "old", partition: 0, offset: 0 }], { state: "Stable" });
    const port = { ...made, topics: async () => (await made.topics()).filter(({ name }) => name !== "old") };
    const [all, named] = await ask(port, { group: "billing" }, { group: "billing", topics: ["old"] });
    expect(Object.keys((all as { topics: object }).topics)).toEqual(["orders"]);
    expect(named).toEqual({ at: 77, why: "topic old is not there" });
  });

  it("reads five thousand partitions, and no more", async () => {
    const made = await log(1);
    const topic = (count: number) => ({
      name: "orders",
      id: NAME,
      internal: false,
      partitions: Array.from({ length: count }, (_, partition) => ({
        partition,
        leader: 1,
        replicas: [1],
        inSync: [1],
      })),
    });
    const of = (count: number) => ({
      ...made,
      topics: async () => [topic(count)],
      offsets: async (all: Parameters<Streams["offsets"]>[0]) =>
        all.map((one) => ({ ...one, logStart: 0, stable: 1, end: 1 })),
    });
    const [most] = await ask(of(MOST_PARTITIONS), { group: "g", topics: ["orders"] });
    expect(most).toHaveProperty("topics");
    const [more] = await ask(of(MOST_PARTITIONS + 1), { group: "g", topics: ["orders"] });
    expect(more).toEqual({ at: 77, why: "group g reads 5001 partitions, of which 5000 are the most" });
  });

  it("a group that a rule hides does not hide the others", async () => {
    const made = await log(1);
    commit(made, "mine", [0]);
    const port = {
      ...made,
      groups: async (ids?: readonly string[]) => {
        if (ids?.includes("theirs"))
          throw new HeadgateError("streams.denied", "DESCRIBE on group theirs is not allowed");
        return made.groups(ids);
      },
    };
    const seen = await ask(port, { group: "mine" }, { group: "theirs" });
    expect(seen).toMatchObject([{ state: "Stable" }, { why: "DESCRIBE on group theirs is not allowed" }]);
  });
});

describe("what policies are told", () => {
  const given = [{ name: "orders", config: lagConfig({ topics: ["orders"] }) }];
  const runtime = (w: { runtime: Runtime }, streams: Runtime["streams"]): Runtime =>
    ({ ...w.runtime, ...(streams ? { streams } : {}) }) as Runtime;

  it.each([
    ["the configuration does not name the cluster", {}, "cluster main is not under streams"],
    [
      "the process reaches no cluster",
      { main: { embedded: true as const } },
      "no Kafka cluster can be reached from here",
    ],
  ])("is why not, where %s", async (_, streams, why) => {
    const w = await world();
    const seen = await observeLags(w.runtime, given, streams);
    expect(seen.get("orders")).toEqual({ "0": { at: w.clock.now(), why } });
  });

  it("is why not, where the cluster fails, and the other cluster is told as ever", async () => {
    const w = await world();
    const good = await log(1);
    const bad = await log(1);
    bad.faults.fail("topics", { error: "final" });
    const two = { name: "both", config: lagConfig({}) };
    const policies = [
      ...lagConfig({ cluster: "bad", topics: ["orders"] }).policies,
      ...lagConfig({ cluster: "good", topics: ["orders"] }).policies,
    ];
    const streams = { bad: { embedded: true as const }, good: { embedded: true as const } };
    const seen = await observeLags(
      runtime(w, (cluster) => (cluster === "bad" ? bad : good)),
      [{ ...two, config: { ...two.config, policies } }],
      streams,
    );
    expect(seen.get("both")).toMatchObject({ "0": { why: expect.stringMatching(/./) }, "1": { state: "Empty" } });
    expect(w.lines.join()).toContain("consumer groups could not be read; services hold");
  });
});

describe("a service that is scaled by lag, on the embedded log of a laptop", () => {
  async function laptop() {
    const w = await world({ config: CONFIG });
    const made = await log();
    w.fleet.external("orders", 0);
    w.clock.advance(MINUTE);
    let reads = 0;
    const runtime: Runtime = {
      ...w.runtime,
      streams: (_, settings) => {
        if (!settings.embedded) throw new Error("not the embedded one");
        reads += 1;
        return made;
      },
    };
    const look = async (minutes = 1) => {
      w.clock.advance(minutes * MINUTE);
      const evaluated = await evaluateServices(runtime, { tenant, trigger, services: ["orders"] });
      return evaluated[0]?.result?.reason;
    };
    return { w, made, runtime, look, reads: () => reads };
  }

  it("wakes up, grows with what waits, goes back to 0, and holds what it has while the log is away", async () => {
    const { w, made, look } = await laptop();
    commit(made, "billing", [0, 0, 0, 0], "Empty");
    await look();
    await look();
    expect(await look()).toBe("within_target");
    for (const partition of [0, 1, 2, 3]) produce(made, partition, 15_000);
    expect(await look()).toBe("scaled_out");
    expect(w.fleet.desired("orders")).toBe(3);
    commit(made, "billing", [5_000, 5_000, 5_000, 5_000], "PreparingRebalance");
    expect(await look()).toBe("held_rebalancing");
    made.faults.fail("groups", { error: "final", times: 1 });
    expect(await look()).toBe("held_no_data");
    expect(w.fleet.desired("orders")).toBe(3);
    commit(made, "billing", [15_000, 15_000, 15_000, 15_000]);
    const reasons = new Set<string | undefined>();
    for (let minute = 0; minute < 12; minute += 1) reasons.add(await look());
    expect(reasons).toContain("scaled_in");
    expect(w.fleet.desired("orders")).toBe(0);
    const { items } = await w.journal.list({ tenant, subject: "orders", reason: "scaled_out" });
    expect(items[0]?.trace.at(-1)?.text).toMatch(/^lag 60,000 of orders: .* 3 consumers at 100\/s each catch up in/);
  });

  it("reads a cluster once for all services", async () => {
    const { made, runtime, reads } = await laptop();
    commit(made, "billing", [0]);
    commit(made, "index", [0]);
    const evaluated = await evaluateServices(runtime, { tenant, trigger });
    expect(evaluated.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(reads()).toBe(1);
  });

  it("does not write while nothing happens", async () => {
    const { w, made, look } = await laptop();
    commit(made, "billing", [0, 0, 0, 0], "Empty");
    for (let minute = 0; minute < 4; minute += 1) await look();
    const key = { tenant, noun: "autoscaling", subject: "orders" };
    const { version } = (await w.store.load(key)) ?? {};
    for (let minute = 0; minute < 5; minute += 1) await look();
    expect((await w.store.load(key))?.version).toBe(version);
  });
});
