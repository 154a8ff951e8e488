import { describe, expect, test } from "vitest";
import { explainOf, sentenceOf } from "../../functions/decisions/words.ts";
import { machines } from "../../functions/machines.ts";
import type { Journal } from "../../shared/core/ports/journal.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import { world } from "../api/kit.ts";

const BASE = "/api/v1/traffic/orders";

async function twoBackends() {
  const w = await world();
  const backends = [
    { id: "a", host: "10.0.0.1", port: 80 },
    { id: "b", host: "10.0.0.2", port: 80 },
  ];
  await w.post(`${BASE}/backends`, { backends, lease: "none" });
  return w;
}

const answer = async (sent: Promise<Response> | Response) =>
  (await (await sent).json()) as { readonly changed: readonly string[]; readonly decision?: string };

describe("what people do to backends", () => {
  test("each is a record that says who and why, replays, and can be told; naming nobody leaves none", async () => {
    const w = await twoBackends();
    const { decision } = await answer(w.post(`${BASE}/drain`, { ids: ["a"], why: "its disk is full", by: "ada" }));
    w.clock.advance(1_000);
    await w.post(`${BASE}/drain`, { ids: ["a"], undo: true });
    w.clock.advance(1_000);
    await w.post(`${BASE}/remove`, { ids: ["a", "b", "nobody"], why: "moved" });
    await w.post(`${BASE}/remove`, { ids: ["a"] });
    const { items } = await w.journal.list({ tenant: "default", noun: "traffic" });
    expect(items.map(sentenceOf).reverse()).toEqual([
      "orders has backends on their way out: a gets no new requests, by ada (local): its disk is full",
      "orders has backends back: a is used again, by local",
      "orders has fewer backends: a, b are taken out, by local: moved",
    ]);
    expect(items.at(-1)).toMatchObject({ id: decision, reason: "drained_by_hand", subject: "backends:orders" });
    for (const record of items) {
      expect(await replayWith(machines, record)).toEqual({ same: true });
      expect(explainOf(record).at(-1)).toBe(`reason: ${record.reason}`);
    }
  });

  test("is done although the journal is away, and that it is not written down stands in the log", async () => {
    const w = await twoBackends();
    (w.runtime as { journal: Journal }).journal = {
      ...w.runtime.journal,
      append: async () => {
        throw new Error("the journal is away");
      },
    };
    const done = await answer(w.post(`${BASE}/drain`, { ids: ["a"] }));
    expect(done).toMatchObject({ changed: ["a"] });
    expect(done.decision).toBeUndefined();
    expect(w.lines.some((line) => line.includes("could not be recorded"))).toBe(true);
  });
});
