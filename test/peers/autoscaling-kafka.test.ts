import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import type { Fleet } from "../../shared/core/ports/fleet.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type World, world } from "../api/kit.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { type KafkaClients, kafkaClients } from "./kafka-driver.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
const PARTITIONS = 6;
/** Records that one consumer does in a second. */
const SPEED = 40;
const tenant = "default";

const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
  search: { ecs: { cluster: data, service: search } }
streams:
  main: { kafka: { brokers: ["127.0.0.1:9"] } }
autoscaling:
  orders:
    min: 0
    max: ${PARTITIONS}
    period: 10s
    policies:
      - { type: kafka-lag, cluster: main, group: billing, topics: [orders], offsetReset: earliest, catchUp: 10s, window: 3s, cooldown: 3s }
  search:
    min: 1
    max: 100
    mode: recommend
    policies: [{ type: kafka-lag, cluster: main, group: index, rule: keda, lagThreshold: 7 }]
`;

/** A fleet whose instances are members of the group. */
function members(clients: KafkaClients): Fleet & { readonly desired: () => number; stop(): Promise<void> } {
  const running: (() => Promise<void>)[] = [];
  let desired = 0;
  const resize = async () => {
    while (running.length < desired) running.push(await clients.work("billing", "orders", SPEED));
    await Promise.all(running.splice(desired).map((leave) => leave()));
  };
  return {
    desired: () => desired,
    stop: async () => {
      desired = 0;
      await resize();
    },
    describe: async (refs) => {
      const of = (count: number) => {
        const counts = { desired: count, pending: 0, running: count, ready: count, deploying: false };
        return { ...counts, instances: [], at: Date.now() };
      };
      return new Map(refs.map(({ name }) => [name, of(name === "orders" ? desired : 1)]));
    },
    setDesired: async (_, request) => {
      if (request.expected !== desired) return { status: "superseded", actual: desired };
      desired = request.desired;
      await resize();
      return { status: "accepted", changed: true, desired };
    },
  };
}

describe.skipIf(skipped !== undefined)(`consumers of a real broker, scaled by their lag${title}`, () => {
  let cluster: KafkaCluster;
  let clients: KafkaClients;
  let streams: Streams;
  let fleet: ReturnType<typeof members>;
  let w: World;
  let runtime: Runtime;

  beforeAll(async () => {
    cluster = await startKafka();
    clients = await kafkaClients(cluster.brokers);
    streams = kafkaStreams({
      name: "main",
      brokers: async () => cluster.brokers.map(brokerPlace),
      ...{ patienceMs: 1_500, connectTimeoutMs: 1_000, requestTimeoutMs: 2_000 },
    });
    await streams.createTopic({ name: "orders", partitions: PARTITIONS, replicationFactor: 1, configs: [] });
    fleet = members(clients);
    w = await world({ config: CONFIG });
    runtime = { ...w.runtime, now: Date.now, fleet, streams: () => streams };
  });

  afterAll(async () => {
    await streams?.close();
    await clients?.close();
    await cluster?.stop();
  });

  const produce = (count: number) =>
    Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        clients.produce(
          "orders",
          partition,
          Array.from({ length: count / PARTITIONS }, () => ({ value: "order" })),
        ),
      ),
    );

  const look = async (service = "orders") => {
    w.clock.advance(Math.max(1, Date.now() - w.clock.now()));
    const trigger = { type: "api", detail: "test" } as const;
    const [evaluated] = await evaluateServices(runtime, { tenant, services: [service], trigger });
    if (evaluated?.error) throw evaluated.error;
    return evaluated?.result;
  };

  /** Looks every two seconds until it is so; every look's reason. */
  const until = async (so: () => boolean, seconds: number): Promise<string[]> => {
    const reasons: string[] = [];
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      const result = await look();
      reasons.push(`${result?.reason} ${fleet.desired()}`);
      if (so()) return reasons;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
    throw new Error(`not within ${seconds} s: ${reasons.join(", ")}`);
  };

  const committed = async () => {
    const [group] = await streams.groups(["billing"]);
    return (group?.offsets ?? []).reduce((sum, { offset }) => sum + offset, 0);
  };

  it("the rule keda has the number that Kafka's own tool and the formula give", async () => {
    await produce(120);
    const offsets = [0, 3, 20, 7].map((offset, partition) => ({ topic: "orders", partition, offset }));
    await streams.setGroupOffsets("index", offsets);
    const told = cluster.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", [
      ...["--bootstrap-server", cluster.brokers.join(), "--describe", "--group", "index"],
    ]);
    const lags = [...told.matchAll(/^index +orders +\d+ +\d+ +\d+ +(\d+)/gm)].map(([, lag]) => Number(lag));
    expect(
      lags.toSorted((a, b) => a - b),
      told,
    ).toEqual([0, 13, 17, 20]);
    // Two partitions were never committed: 1 each. ceil(52 / 7), of at most 6 partitions by whole numbers: 52 / 7 is 7, cut to 42.
    const result = await look("search");
    expect(result?.reason).toBe("would_scale_out");
    const clause = result?.record?.trace.find(({ rule }) => rule === "kafka-lag-keda");
    expect(clause?.values).toMatchObject({ lag: 52, metric: 42, partitions: 6, count: 6 });
  });

  it("lag brings consumers, they learn how fast they are, catch up, and go", async () => {
    expect(fleet.desired()).toBe(0);
    await produce(1_200);
    const out = await until(() => fleet.desired() >= 3, 30);
    expect(out[0]).toBe("scaled_out 1");
    const { items } = await w.journal.list({ tenant, subject: "orders", reason: "scaled_out" });
    const speed = items[0]?.trace.find(({ rule }) => rule === "kafka-lag-catch-up")?.values["perConsumer"];
    expect(Number(speed)).toBeGreaterThan(SPEED / 2);
    expect(Number(speed)).toBeLessThan(SPEED * 1.5);
    const back = await until(() => fleet.desired() === 0, 40);
    expect(back.join()).toContain("scaled_in");
    expect(await committed(), "nothing was left behind").toBe(1_320);
  }, 90_000);

  it("holds what it has while the broker is dead, from the middle of a decision on, and says so", async () => {
    await produce(600);
    await until(() => fleet.desired() >= 1, 15);
    const before = fleet.desired();
    const looking = look();
    await cluster.kill();
    await looking;
    expect(fleet.desired()).toBeGreaterThanOrEqual(before);
    const kept = fleet.desired();
    const result = await look();
    expect(result?.reason).toBe("held_no_data");
    expect(result?.record?.trace.at(-1)?.text).toMatch(/^the lag of group billing on main is not known: /);
    expect(fleet.desired()).toBe(kept);
    expect(kept).toBeGreaterThan(0);
  });
});
