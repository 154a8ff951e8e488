import { describe, expect, test } from "vitest";
import { checkMirror, writeMirror } from "../../functions/backup/mirror.ts";
import { replicationLag, translatedGroups } from "../../functions/backup/replication.ts";
import type { RecoverySettings } from "../../shared/core/backup/recovery/file.ts";
import { readProperties } from "../../shared/core/backup/recovery/properties.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";

const SETTINGS: RecoverySettings = {
  primaryRegion: "us-east-1",
  secondaryRegion: "us-west-2",
  replication: {
    tool: "MirrorMaker2",
    topics: ["user-events", "a.b"],
    replicationFactor: 3,
    primaryBrokers: ["p:9092"],
    secondaryBrokers: ["s:9092"],
  },
  objectives: {},
};
const lines = (found: readonly { path: string; line?: number }[]) =>
  found.map(({ path, line }) => `${line ?? "-"} ${path}`);

describe("MirrorMaker 2: written and checked", () => {
  test("what is written passes its own check, and a dot in a topic's name is a dot", () => {
    const text = writeMirror(SETTINGS);
    expect(checkMirror(SETTINGS, text)).toEqual({ faults: [], warnings: [] });
    const set = new Map(readProperties(text).map(({ name, value }) => [name, value]));
    expect(set.get("us-east-1->us-west-2.topics")).toBe("user-events, a\\.b");
    expect(set.get("replication.factor")).toBe("3");
    expect(set.get("sync.group.offsets.enabled")).toBe("true");
  });

  test("nobody says where a cluster is: told, and a cluster of `streams` with the region's name is found", () => {
    const bare = {
      ...SETTINGS,
      replication: { ...(SETTINGS.replication as object), primaryBrokers: [], secondaryBrokers: [] },
    } as unknown as RecoverySettings;
    expect(() => writeMirror(bare)).toThrow(/cluster of us-east-1/);
    const kafka = (broker: string) => ({ kafka: { brokers: [broker], tls: false as const } });
    expect(writeMirror(bare, { streams: { "us-east-1": kafka("x:1"), "us-west-2": kafka("y:2") } })).toContain(
      "us-west-2.bootstrap.servers = y:2",
    );
  });

  test("properties are read as Java reads them", () => {
    const text = "# c\n! c\n a = 1\\\n   2\nb:3\nc 4\nd\\=e=\\u0041\\\\\nf\n";
    expect(readProperties(text).map(({ name, value, line }) => [name, value, line])).toEqual([
      ["a", "12", 3],
      ["b", "3", 5],
      ["c", "4", 6],
      ["d=e", "A\\", 7],
      ["f", "", 8],
    ]);
  });

  test("each fault of an existing file has its line and what is allowed", () => {
    const text = `clusters = us-east-1, west
us-east-1.bootstrap.servers = p:9092
us-east-1->us-west-2.enabled = false
us-east-1->us-west-2.topics = user-.*
us-east-1->us-west-2.topics.exclude = user-events
replication.factor = 1
replication.factor = 2
sync.group.offsets.interval.seconds = 600
us-west-2->us-east-1.enabled = true
replication.policy.class = org.apache.kafka.connect.mirror.IdentityReplicationPolicy
`;
    const { faults, warnings } = checkMirror(SETTINGS, text, "mm2.properties");
    expect(lines(faults)).toEqual([
      "1 clusters",
      "- us-west-2.bootstrap.servers",
      "3 us-east-1->us-west-2.enabled",
      "5 us-east-1->us-west-2.topics.exclude",
      "4 us-east-1->us-west-2.topics",
      "7 replication.factor",
      "- us-east-1->us-west-2.sync.group.offsets.enabled",
    ]);
    expect(faults.every(({ file, allowed }) => file === "mm2.properties" && allowed !== undefined)).toBe(true);
    expect(lines(warnings)).toEqual([
      "7 replication.factor",
      "9 us-west-2->us-east-1.enabled",
      "8 sync.group.offsets.interval.seconds",
      "10 replication.policy.class",
      "- us-west-2.exactly.once.source.support",
    ]);
  });

  test("connectors in any form that Kafka Connect takes: a list, one alone, or by name", () => {
    const common = {
      "source.cluster.alias": "us-east-1",
      "target.cluster.alias": "us-west-2",
      "source.cluster.bootstrap.servers": "p:9092",
      "target.cluster.bootstrap.servers": "s:9092",
    };
    const kind = (name: string, more: object) => ({
      name,
      config: { "connector.class": `org.apache.kafka.connect.mirror.Mirror${name}Connector`, ...common, ...more },
    });
    const good = [
      kind("Source", { topics: "user-events,a\\.b", "replication.factor": "3", "exactly.once.support": "required" }),
      kind("Checkpoint", { "sync.group.offsets.enabled": "true" }),
      kind("Heartbeat", {}),
    ];
    expect(checkMirror(SETTINGS, JSON.stringify(good))).toEqual({ faults: [], warnings: [] });
    const info = Object.fromEntries(good.map((one) => [one.name, { info: one }]));
    expect(checkMirror(SETTINGS, JSON.stringify(info))).toEqual({ faults: [], warnings: [] });
    const bad = checkMirror(
      SETTINGS,
      JSON.stringify(
        kind("Source", { topics: "user-events", "replication.factor": 3, "exactly.once.support": "required" }),
        undefined,
        1,
      ),
    );
    expect(bad.faults.map(({ message, line }) => [message, line])).toEqual([
      ["a.b is not replicated", 9],
      ["there is no MirrorCheckpointConnector from us-east-1 to us-west-2", undefined],
    ]);
  });
});

/** Bytes as org.apache.kafka.connect.mirror writes them. */
function packed(...fields: readonly (readonly ["s", string] | readonly ["h" | "i" | "l", number])[]): Uint8Array {
  return Buffer.concat(
    fields.map(([kind, value]) => {
      if (kind === "s") {
        const text = Buffer.from(value);
        const size = Buffer.alloc(2);
        size.writeInt16BE(text.length);
        return Buffer.concat([size, text]);
      }
      const bytes = Buffer.alloc(kind === "h" ? 2 : kind === "i" ? 4 : 8);
      if (kind === "h") bytes.writeInt16BE(value);
      else if (kind === "i") bytes.writeInt32BE(value);
      else bytes.writeBigInt64BE(BigInt(value));
      return bytes;
    }),
  );
}

describe("MirrorMaker 2: watched from both clusters", () => {
  const NOW = Date.UTC(2026, 10, 23, 7, 30);
  async function world() {
    const [source, target] = [memoryStreams({ now: () => NOW }), memoryStreams({ now: () => NOW })];
    const make = (streams: typeof source, ...names: string[]) =>
      Promise.all(names.map((name) => streams.createTopic({ name, partitions: 1, replicationFactor: 1, configs: [] })));
    await make(source, "clicks", "mm2-offset-syncs.west.internal");
    await make(target, "east.clicks", "east.checkpoints.internal", "east.heartbeats");
    for (let index = 0; index < 10; index += 1)
      source.produce("clicks", 0, [{ value: `${index}`, timestamp: NOW - (10 - index) * MINUTE_MS }]);
    const beat = (at: number) =>
      target.produce("east.heartbeats", 0, [
        { key: packed(["s", "west"], ["s", "east"]), value: packed(["h", 0], ["l", at]) },
      ]);
    const sync = (up: number, down: number) =>
      source.produce("mm2-offset-syncs.west.internal", 0, [
        { key: packed(["s", "clicks"], ["i", 0]), value: packed(["l", up], ["l", down]), timestamp: NOW - SECOND_MS },
      ]);
    const ask = {
      source: { alias: "east", streams: source },
      target: { alias: "west", streams: target },
      topics: ["clicks"],
      now: NOW,
    };
    return { source, target, beat, sync, ask };
  }

  test("lag is the age of the oldest record that is not there yet; offsets may be others over there", async () => {
    const { target, beat, sync, ask } = await world();
    beat(NOW - 2 * SECOND_MS);
    // Replication began at offset 4, which is 0 over there; two more records came.
    // Exactly once: each came in a transaction, whose mark has an offset of its own.
    for (const value of ["4", "5", "6"]) {
      const copy = target.transaction("mm2");
      copy.produce("east.clicks", 0, [{ value }]);
      copy.commit();
    }
    sync(4, 0);
    const lag = await replicationLag(ask);
    expect(lag).toMatchObject({
      flow: "east->west",
      troubles: [],
      heartbeatMs: 2 * SECOND_MS,
      offsetSyncMs: SECOND_MS,
    });
    expect(lag.topics).toMatchObject([{ topic: "clicks", records: 3, lagMs: 3 * MINUTE_MS }]);
  });

  test("all of it there is no lag, also where marks of a transaction end the log", async () => {
    const { source, target, beat, sync, ask } = await world();
    beat(NOW);
    sync(9, 9);
    for (let index = 0; index < 10; index += 1) target.produce("east.clicks", 0, [{ value: "x" }]);
    const open = source.transaction("p");
    open.produce("clicks", 0, [{ value: "aborted" }]);
    open.abort();
    expect((await replicationLag(ask)).topics).toMatchObject([{ records: 0, lagMs: 0 }]);
  });

  test("a topic that is not there, a silent flow and a connector that failed are told, and then the lag is not taken for true", async () => {
    const { ask, beat } = await world();
    beat(NOW - 5 * MINUTE_MS);
    const status = {
      Source: {
        info: { config: { "connector.class": "x.MirrorSourceConnector" } },
        status: { connector: { state: "RUNNING" }, tasks: [{ id: 0, state: "FAILED", trace: "Boom\nat x" }] },
      },
    };
    const http = async () => ({ status: 200, headers: {}, body: JSON.stringify(status) });
    const lag = await replicationLag({
      ...ask,
      topics: ["clicks", "none"],
      connect: { url: "http://connect:8083", http },
    });
    expect(lag.troubles).toEqual([
      "connector Source is RUNNING, task 0 FAILED: Boom",
      expect.stringContaining("none is not on east"),
      expect.stringMatching(/heartbeat that came through is 5 min old/),
    ]);
    expect(lag.topics[0]).toMatchObject({ records: 10, lagMs: 10 * MINUTE_MS });
  });

  test("positions of groups are those MirrorMaker translated last", async () => {
    const { target } = await world();
    await expect(translatedGroups(target, "east")).rejects.toMatchObject({ code: "streams.unknown" });
    for (const down of [3, 7])
      target.produce("east.checkpoints.internal", 0, [
        {
          key: packed(["s", "billing"], ["s", "east.clicks"], ["i", 0]),
          value: packed(["h", 0], ["l", down + 4], ["l", down], ["s", ""]),
        },
      ]);
    expect([...(await translatedGroups(target, "east"))]).toEqual([
      ["billing", [{ topic: "east.clicks", partition: 0, offset: 7 }]],
    ]);
  });
});
