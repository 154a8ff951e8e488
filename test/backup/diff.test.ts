import { describe, expect, test } from "vitest";
import { diffOf } from "../../functions/backup/diff.ts";
import { diffPoints } from "../../shared/core/backup/compare/points.ts";
import type { OpenPoint } from "../../shared/core/backup/compare/types.ts";
import type { KafkaPart, PartitionPart, TopicPart } from "../../shared/core/backup/format/types.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { draw, PLAN, place, store } from "./keep-kit.ts";

const NOON = Date.UTC(2026, 10, 23, 12);
const partition = (logStart: number, end: number, more: Partial<PartitionPart> = {}): PartitionPart => ({
  partition: 0,
  logStart,
  end,
  highWatermark: end,
  records: end - logStart,
  sha256: "",
  chunks: [],
  ...more,
});
const topic = (
  name: string,
  id: string,
  partitions: readonly PartitionPart[],
  more: Partial<TopicPart> = {},
): TopicPart => ({
  name,
  id,
  replicationFactor: 3,
  configs: [],
  partitions,
  ...more,
});
const point = (id: string, cutAt: number, kafka: Partial<KafkaPart>, more: Partial<OpenPoint> = {}): OpenPoint => ({
  manifest: { ...draw({ id, cutAt, partitions: [] }, new Map()).manifest },
  kafka: { topics: [], groups: [], acls: [], quotas: [], ...kafka },
  ...more,
});

describe("what is different between two points", () => {
  const older = point("a", NOON, {
    topics: [
      topic("orders", "o1", [partition(10, 100)], { configs: [{ name: "retention.ms", value: "1000" }] }),
      topic("gone", "g1", [partition(0, 5)]),
      topic("made-again", "m1", [partition(0, 50)]),
      topic("still", "s1", [partition(0, 7)]),
    ],
    groups: [
      {
        id: "billing",
        state: "Stable",
        protocolType: "consumer",
        offsets: [{ topic: "orders", partition: 0, offset: 90 }],
      },
      { id: "old", state: "Empty", protocolType: "", offsets: [] },
    ],
  });
  const newer = point("b", NOON + HOUR_MS, {
    topics: [
      topic("orders", "o1", [partition(40, 130, { records: 88 })], {
        configs: [{ name: "retention.ms", value: "2000" }],
      }),
      topic("made-again", "m2", [partition(0, 8)]),
      topic("new", "n1", [partition(0, 3)]),
      topic("still", "s1", [partition(0, 7)]),
    ],
    groups: [
      {
        id: "billing",
        state: "Stable",
        protocolType: "consumer",
        offsets: [{ topic: "orders", partition: 0, offset: 125 }],
      },
    ],
  });

  test("topics by name and id, records by what came and what retention took, settings, groups by how far", () => {
    const diff = diffPoints(older, newer);
    expect(diff).toMatchObject({ apartMs: HOUR_MS, unchangedTopics: 1, same: false });
    expect(diff.topics.map(({ name, kind, added, removed }) => [name, kind, added, removed])).toEqual([
      ["gone", "removed", 0, 5],
      ["made-again", "recreated", 8, 50],
      ["new", "added", 3, 0],
      ["orders", "changed", 30, 30],
    ]);
    expect(diff.topics[3]).toMatchObject({
      records: { from: 90, to: 88 },
      settings: [{ name: "retention.ms", from: "1000", to: "2000" }],
    });
    expect(diff.groups).toEqual([
      { id: "billing", kind: "moved", by: 35, partitions: [{ topic: "orders", partition: 0, from: 90, to: 125 }] },
      { id: "old", kind: "removed", by: 0, partitions: [] },
    ]);
  });

  test("retention that passed the older cut wholly, and an end that went backwards", () => {
    const at = (part: PartitionPart) => point("x", NOON, { topics: [topic("t", "t1", [part])] });
    const passed = diffPoints(at(partition(0, 10)), at(partition(25, 40))).topics[0]?.partitions[0];
    expect(passed).toMatchObject({ added: 15, removed: 10 });
    const cut = diffPoints(at(partition(0, 10)), at(partition(0, 6))).topics[0]?.partitions[0];
    expect(cut).toMatchObject({ added: 0, removed: 0, truncated: { from: 10, to: 6 } });
  });

  test("configuration by name and hash; what is sealed, or stands in the open, is never told", () => {
    const item = (sha256: string, text: string) => ({ items: [{ kind: "secret", name: "db", sha256, text }] });
    const diff = diffPoints(
      point("a", NOON, {}, { config: item("1", "hunter2") }),
      point("b", NOON, {}, { config: item("2", "swordfish") }),
    );
    expect(diff.config).toEqual([{ kind: "secret", name: "db", change: "changed", from: "1", to: "2" }]);
    expect(JSON.stringify(diff)).not.toMatch(/hunter2|swordfish/);
  });

  test("a job by what it is started with, and only gaps that were not told before", () => {
    const flink = (parallelism: number) => ({
      url: "http://flink",
      jobs: [
        {
          id: "j",
          name: "sums",
          state: "RUNNING",
          parallelism,
          arguments: [],
          configuration: {},
          operators: [],
          offsets: [],
        },
      ],
    });
    const gap = { kind: "retention", topic: "orders", partition: 0, from: 1, to: 2, why: "Too late." } as const;
    const [a, b] = [point("a", NOON, {}, { flink: flink(2) }), point("b", NOON, {}, { flink: flink(4) })];
    const with_ = { ...b, manifest: { ...b.manifest, gaps: [gap] } };
    expect(diffPoints(a, with_)).toMatchObject({
      jobs: [{ name: "sums", kind: "changed", changes: [{ name: "parallelism", from: "2", to: "4" }] }],
      gaps: [gap],
    });
    expect(diffPoints(with_, with_)).toMatchObject({ gaps: [], same: true });
  });

  test("it is read from whichever place has the papers in order, and a point nobody has is named", async () => {
    const [one, two] = [place("primary", () => NOON), place("secondary", () => NOON)];
    const drawn = draw({ id: "bkp_a", cutAt: NOON, partitions: [{ topic: "t", partition: 0, chunks: 1 }] }, new Map());
    await store(one.objects, drawn);
    await store(two.objects, drawn);
    await one.objects.put(`points/${PLAN}/bkp_a/kafka.json`, "{}");
    const name = { plan: PLAN, id: "bkp_a" };
    expect(await diffOf([one, two], name, name)).toMatchObject({ same: true, unchangedTopics: 1 });
    await expect(diffOf([one], name, name)).rejects.toMatchObject({ code: "backup.damaged" });
    await expect(diffOf([one, two], name, { plan: PLAN, id: "bkp_z" })).rejects.toMatchObject({
      code: "backup.unknown",
      message: expect.stringContaining("bkp_z"),
    });
  });
});
