import { expect, test } from "vitest";
import { heldChunks } from "../../shared/core/backup/format/chain.ts";
import { demandOf, proofOf } from "../../shared/core/backup/keep/demand.ts";
import { pointKey } from "../../shared/core/backup/keep/keys.ts";
import { planPrune } from "../../shared/core/backup/keep/prune.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { type Drawn, draw, PLAN } from "./keep-kit.ts";

const START = Date.UTC(2026, 10, 1);
const idAt = (index: number) => `bkp_20261101_${String(index).padStart(6, "0")}`;
const POINTS = 1_000;
const RETAINED = 10;
const HOURLY = 5;
const BETWEEN = 40;

const partsOf = ({ kafka }: Drawn) =>
  kafka.topics.flatMap((topic) => topic.partitions.map((part) => ({ name: `${topic.id}/${part.partition}`, part })));

/** Data that a reader of these points opens, by the reader's own reckoning. */
function read(points: ReadonlyMap<string, Drawn>, ids: readonly string[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const id of ids) {
    const one = points.get(id) as Drawn;
    const needs = new Set(one.manifest.needs.map((need) => need.id));
    for (const { name, part } of partsOf(one)) {
      const linkOf = (base: string) => partsOf(points.get(base) as Drawn).find((other) => other.name === name)?.part;
      for (const { point, chunk } of heldChunks({ point: id, part }, needs, linkOf).chunks)
        keys.add((points.get(point) as Drawn).manifest.objects[chunk.object]?.key ?? "?");
    }
  }
  return keys;
}

test("law: a thousand hourly increments, none ever full again: what lies there is what the kept points read, no more with time", () => {
  const points = new Map<string, Drawn>();
  const lying = new Map<string, number>();
  let most = 0;
  for (let index = 0; index < POINTS; index += 1) {
    const base = index === 0 ? {} : { base: idAt(index - 1) };
    const partitions = [
      { topic: "orders", partition: 0, chunks: 1, logStart: Math.max(0, index - RETAINED), ...base },
      // Written once and never again, and nothing expires in it: all points stand on the first one.
      { topic: "rules", partition: 0, chunks: index === 0 ? 1 : 0, ...(index === 0 ? {} : { base: idAt(0) }) },
    ];
    const one = draw({ id: idAt(index), cutAt: START + index * HOUR_MS, partitions }, points);
    points.set(one.manifest.id, one);
    for (const [key, text] of one.files) lying.set(key, text.length);
    if (index % BETWEEN !== BETWEEN - 1) continue;
    const there = [...points.values()].filter(({ manifest }) =>
      lying.has(pointKey(PLAN, manifest.id, "manifest.json")),
    );
    const papers = there.map(({ manifest, kafka }) => ({ manifest, kafka }));
    const isMarked = (id: string) => lying.has(pointKey(PLAN, id, "pruned.json"));
    const now = START + index * HOUR_MS;
    const { keep, removals, proof } = planPrune({
      plan: PLAN,
      points: papers.flatMap((paper) =>
        isMarked(paper.manifest.id)
          ? []
          : [{ id: paper.manifest.id, cutAt: paper.manifest.cutAt, whole: true, papers: paper }],
      ),
      pruned: papers.filter((paper) => isMarked(paper.manifest.id)),
      lying: [...lying].map(([key, size]) => ({ key, size, modifiedAt: START })),
      holds: [],
      keep: { all: 0, hourly: HOURLY, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
      now,
    });
    expect(proof).toMatchObject({ broken: [], damaged: [] });
    // Of what nothing is left no mark is left either.
    for (const id of removals.mark) if (removals.retired.includes(id)) lying.set(pointKey(PLAN, id, "pruned.json"), 1);
    for (const { key } of [...removals.data, ...removals.papers, ...removals.marks]) lying.delete(key);
    const data = [...lying.keys()].filter((key) => key.startsWith("data/"));
    expect(new Set(data)).toEqual(
      read(
        points,
        keep.map(({ id }) => id),
      ),
    );
    most = Math.max(most, lying.size);
  }
  // A manifest, a paper, a mark and an object for each point that is kept or that one of them reads.
  expect(most).toBeLessThanOrEqual(4 * (HOURLY + RETAINED + 2));
});

test("a base that stands in the needs of another kept point, but not in this one's, is not wanted for it, nor missed", () => {
  const points = new Map<string, Drawn>();
  const add = (index: number, partitions: Parameters<typeof draw>[0]["partitions"], needs?: readonly string[]) => {
    const drawn = draw({ id: idAt(index), cutAt: START + index, partitions }, points);
    const manifest = { ...drawn.manifest, ...(needs ? { needs: needs.map((id) => ({ id, sha256: "" })) } : {}) };
    points.set(idAt(index), { ...drawn, manifest });
  };
  const first = { topic: "orders", partition: 0, chunks: 1 };
  const other = { topic: "rules", partition: 0, chunks: 1 };
  add(0, [first, other]);
  add(1, [{ ...first, base: idAt(0) }]);
  add(2, [{ ...other, base: idAt(0) }]);
  add(3, [{ ...first, base: idAt(1) }], [idAt(1)]);
  const kept = [idAt(2), idAt(3)];
  const demand = demandOf();
  const needed = new Set<string>();
  for (const id of [3, 2, 1, 0].map(idAt)) {
    const { manifest, kafka } = points.get(id) as Drawn;
    const keys = demand.take({ manifest, kafka }, kept.includes(id));
    for (const key of keys === "all" ? manifest.objects.map((object) => object.key) : keys) needed.add(key);
  }
  expect(needed).toEqual(read(points, kept));
  expect(needed).not.toContain(`data/${PLAN}/${idAt(0)}/0-0-1-0.zst`);
  const proof = proofOf(
    (key) => !key.startsWith("data/") || needed.has(key),
    (id, file) => pointKey(PLAN, id, file),
  );
  const missing = new Map([0, 1, 2, 3].map((index) => [idAt(index), proof.take(points.get(idAt(index)) as Drawn)]));
  expect(kept.map((id) => missing.get(id))).toEqual([[], []]);
});
