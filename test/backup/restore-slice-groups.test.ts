import { expect, test } from "vitest";
import { planGroups } from "../../shared/core/backup/restore/plan-groups.ts";
import type { PointParts, RestoreRequest, TargetFacts, TopicPlan } from "../../shared/core/backup/restore/types.ts";

const positions = [0, 1].map((partition) => ({ topic: "orders", partition, offset: 7 }));
const point = {
  kafka: { groups: [{ id: "billing", state: "Empty", protocolType: "consumer", offsets: positions }] },
} as unknown as PointParts;
const facts = { groups: [], topics: [] } as unknown as TargetFacts;
const topics = [
  {
    ...{ source: "orders", target: "orders" },
    parts: [{ partition: 1, offsets: "kept", from: 0, to: 10, logStart: 0, end: 10, next: 0 }],
  },
] as unknown as readonly TopicPlan[];
const landed = (request: RestoreRequest) =>
  planGroups(request, point, facts, topics).flatMap((group) =>
    group.positions.map((one) => [one.partition, one.lands]),
  );

test("a slice has nothing to say of positions on partitions that nobody asked for; a whole restore has", () => {
  expect(landed({ slices: [{ topic: "orders", partition: 1 }] })).toEqual([[1, "exact"]]);
  expect(landed({})).toEqual([
    [0, "not"],
    [1, "exact"],
  ]);
});
