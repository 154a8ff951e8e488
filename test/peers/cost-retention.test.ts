import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyOpportunity, revertChange } from "../../functions/cost/change.ts";
import { listChanges, loadChange } from "../../functions/cost/change-store.ts";
import { openCost } from "../../functions/cost/context.ts";
import { lookAtChange } from "../../functions/cost/guard.ts";
import { listOpportunities } from "../../functions/cost/opportunities.ts";
import { usageKey } from "../../functions/cost/usage-keys.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";
import { eventually, led, offsetsOf } from "../contract/streams-kit.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { type KafkaClients, kafkaClients } from "./kafka-driver.ts";

const skipped = missingKafka();
const WEEK = String(7 * DAY_MS);
/** Old ones first, an hour and more apart: each begins a segment of its own. */
const AGES = [5 * DAY_MS, 4 * DAY_MS, 20 * HOUR_MS, 2 * HOUR_MS, MINUTE_MS];
const SAID = { by: "ana", why: "it is cheaper" };

describe.skipIf(skipped !== undefined)(
  `retention on a real broker${skipped === undefined ? "" : ` [skipped: ${skipped}]`}`,
  () => {
    let cluster: KafkaCluster;
    let clients: KafkaClients;
    let streams: Streams;
    let runtime: Awaited<ReturnType<typeof world>>["runtime"];
    const now = Date.now();

    beforeAll(async () => {
      cluster = await startKafka({ config: { "log.retention.check.interval.ms": "300", "log.retention.ms": WEEK } });
      streams = kafkaStreams({ name: "peer", brokers: async () => cluster.brokers.map(brokerPlace) });
      clients = await kafkaClients(cluster.brokers);
      ({ runtime } = await world({ config: "" }));
      const text = `version: 1
streams: { events: { kafka: { brokers: ["${cluster.brokers[0]}"] } } }
cost:
  sources: [{ sample: { seed: 3, days: 40 } }]
  retention: { cluster: events, history: 24h, minimum: 1d, safety: 3, threshold: "0" }
`;
      const parsed = parseConfig(text);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
      await applyConfig(runtime, "default", { ...parsed, text }, { by: "test" });
      const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
      Object.assign(runtime, { streams: () => streams, now: () => now, sleep });
      await topic("orders", { "retention.ms": WEEK });
      await topic("plain");
      await topic("shared", { "retention.ms": WEEK });
      await topic("customers", { "cleanup.policy": "compact,delete" });
      await remember();
    }, 180_000);
    afterAll(async () => {
      await clients?.close();
      await streams?.close();
      await cluster?.stop();
    });

    async function topic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<void> {
      const given = Object.entries({ "segment.ms": String(HOUR_MS), "file.delete.delay.ms": "0", ...configs });
      await streams.createTopic({
        name,
        partitions: 1,
        replicationFactor: 1,
        configs: given.map(([key, value]) => ({ name: key, value })),
      });
      await led(streams, name, 1);
      for (const age of AGES)
        await clients.produce(name, 0, [{ key: `k${age}`, value: "x".repeat(100_000), timestamp: now - age }]);
      await streams.setGroupOffsets("billing", [{ topic: name, partition: 0, offset: AGES.length }]);
    }

    /** A day and a half of hours in which everybody had read nearly everything. */
    async function remember(): Promise<void> {
      const topics = (await streams.topics()).filter(({ internal }) => !internal);
      const last = Math.floor(now / HOUR_MS) * HOUR_MS;
      for (let back = 36; back >= 1; back -= 1) {
        const hour: UsageHour = {
          ...{
            v: 1,
            cluster: "events",
            hour: last - back * HOUR_MS,
            seenMs: HOUR_MS,
            jobs: [],
            services: [],
            missing: [],
          },
          topics: topics.map(({ name, id }) => ({
            ...{ topic: name, topicId: id, partitions: 1, replicationFactor: 1, cleanupPolicy: "delete" },
          })),
          groups: topics.map(({ name }) => ({
            ...{ group: "billing", topic: name, live: true, fetchedRecords: 9, maxTimeLagMs: MINUTE_MS },
          })),
        };
        await runtime.objects.put(usageKey("default", "events", hour.hour), JSON.stringify(hour));
      }
    }
    const work = () => openCost(runtime, "default");
    const found = async () => {
      const { opportunities, notProposed, troubles } = await listOpportunities(await work());
      expect(troubles).toEqual([]);
      return {
        of: (name: string) => opportunities.find((one) => one.kind === "retention" && one.resource.name === name),
        notProposed,
      };
    };
    const ownRetention = async (name: string) =>
      (await streams.topicConfigs([name])).get(name)?.find((one) => one.name === "retention.ms")?.value;
    const idOf = async (name: string) => (await found()).of(name)?.id ?? "none";
    const starts = (name: string, offset: number) =>
      eventually(async () => (await offsetsOf(streams, name)).logStart === offset, `${name} begins at ${offset}`);

    test("what nobody needs is proposed by what is really on the disks; compacted topics are not", async () => {
      const { of, notProposed } = await found();
      expect(of("orders")).toMatchObject({ action: { set: [{ value: String(DAY_MS) }], before: [{ value: WEEK }] } });
      expect(of("orders")?.current["storedBytes"]).toBeGreaterThan(AGES.length * 100_000);
      const older = of("orders")?.evidence.find(({ name }) => name === "bytes_older_than_proposed")?.value;
      expect(Number(older)).toBeCloseTo((Number(of("orders")?.current["storedBytes"]) * 2) / 5, -3);
      expect(of("customers")).toBeUndefined();
      expect(notProposed).toContainEqual(
        expect.objectContaining({ reason: "compacted", resource: expect.objectContaining({ name: "customers" }) }),
      );
    });

    test("applied, old records are really gone and young ones really kept; the guard takes back before a group loses any", async () => {
      const id = await idOf("orders");
      await applyOpportunity(await work(), id, SAID);
      expect(await ownRetention("orders")).toBe(String(DAY_MS));
      await starts("orders", 2);
      expect((await clients.consume("orders", 0)).map(({ offset }) => offset)).toEqual([2, 3, 4]);
      expect(await lookAtChange(runtime, "default", id, { type: "schedule" })).toBe("held_guarding");
      // Somebody goes back to the record of 20 hours ago.
      await streams.setGroupOffsets("billing", [{ topic: "orders", partition: 0, offset: 2 }]);
      expect(await lookAtChange(runtime, "default", id, { type: "schedule" })).toBe("taking_back");
      expect(await ownRetention("orders")).toBe(WEEK);
      expect(await loadChange(await work(), id)).toMatchObject({ status: "reverted", ended: { alone: true } });
      expect((await clients.consume("orders", 0)).map(({ offset }) => offset)).toEqual([2, 3, 4]);
      expect(await lookAtChange(runtime, "default", id, { type: "schedule" })).toBeUndefined();
    });

    test("one call takes back: where the topic had no setting of its own it has none again, and the cluster's default holds", async () => {
      const id = await idOf("plain");
      await applyOpportunity(await work(), id, SAID);
      expect(await ownRetention("plain")).toBe(String(DAY_MS));
      await revertChange(await work(), id, SAID);
      expect(await ownRetention("plain")).toBeUndefined();
      const held = (await streams.heldConfigs(["plain"])).get("plain")?.find(({ name }) => name === "retention.ms");
      expect(held).toEqual({ name: "retention.ms", value: WEEK, own: false });
    });

    test("a topic that another hand has changed is left to it, before and after applying", async () => {
      const { of } = await found();
      const id = of("shared")?.id ?? "none";
      await applyOpportunity(await work(), id, SAID);
      await streams.setTopicConfigs("shared", [{ name: "retention.ms", value: String(3 * DAY_MS) }]);
      await eventually(
        async () => (await ownRetention("shared")) === String(3 * DAY_MS),
        "the other hand's value holds",
      );
      await expect(revertChange(await work(), id, SAID)).resolves.toMatchObject({ reason: "superseded" });
      expect(await ownRetention("shared")).toBe(String(3 * DAY_MS));
    });

    test("compacted topics were never touched, and every step is a decision that says why", async () => {
      expect(await ownRetention("customers")).toBeUndefined();
      expect((await offsetsOf(streams, "customers")).end).toBe(AGES.length);
      const changes = await listChanges(await work());
      expect(changes.map(({ state }) => state.status).toSorted()).toEqual(["reverted", "reverted", "superseded"]);
    });
  },
);
