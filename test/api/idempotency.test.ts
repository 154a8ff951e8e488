import { describe, expect, it } from "vitest";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type Answer, MINUTE, world } from "./kit.ts";

const evaluate = "/api/v1/autoscaling/orders/evaluate";
const pause = "/api/v1/autoscaling/orders/pause";
const keyed = (key: string) => ({ "idempotency-key": key });

describe("Idempotency-Key", () => {
  it("the same key and body answer the same and act once", async () => {
    const w = await world();
    w.measure("orders", { cpu: 90, memory: 50 });
    const first = await w.post(evaluate, {}, keyed("k1"));
    w.clock.advance(10 * MINUTE);
    w.measure("orders", { cpu: 95, memory: 50 });
    const again = await w.post(evaluate, {}, keyed("k1"));
    expect(await again.text()).toBe(await first.text());
    expect(again.status).toBe(first.status);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    expect(w.fleet.changes).toHaveLength(1);
  });

  it("another key acts again", async () => {
    const w = await world();
    await w.post(pause, { why: "one" }, keyed("k1"));
    await w.post(pause, { why: "two" }, keyed("k2"));
    expect((await w.journal.list({ tenant: "default" })).items).toHaveLength(2);
  });

  it.each([
    ["another body", pause, { why: "other" }],
    ["another address", "/api/v1/autoscaling/search/pause", { why: "one" }],
  ])("the same key with %s is a conflict and does nothing", async (_, path, body) => {
    const w = await world();
    await w.post(pause, { why: "one" }, keyed("k1"));
    const response = await w.post(path, body, keyed("k1"));
    expect(response.status).toBe(409);
    expect(((await response.json()) as Answer).code).toBe("idempotency.conflict");
    expect((await w.journal.list({ tenant: "default" })).items).toHaveLength(1);
  });

  it("refusals are kept as well, so that a repeat cannot act on what has changed since", async () => {
    const w = await world();
    const first = await w.post(pause, {}, keyed("k1"));
    expect(first.status).toBe(400);
    const again = await w.post(pause, {}, keyed("k1"));
    expect(again.headers.get("content-type")).toBe("application/problem+json");
    expect(await again.text()).toBe(await first.text());
  });

  it("a failure of ours is not kept: the repeat tries again", async () => {
    const w = await world();
    w.measure("orders", { cpu: 90, memory: 50 });
    const append = w.journal.append;
    w.journal.append = async () => {
      throw new HeadgateError("journal.unavailable", "no journal", { retryable: true });
    };
    expect((await w.post(evaluate, {}, keyed("k1"))).status).toBe(503);
    expect(w.fleet.changes, "what cannot be recorded is not done").toEqual([]);
    w.journal.append = append;
    w.clock.advance(10 * MINUTE);
    w.measure("orders", { cpu: 90, memory: 50 });
    expect((await w.post(evaluate, {}, keyed("k1"))).status).toBe(200);
    expect(w.fleet.changes).toHaveLength(1);
  });

  it("two at once act once: the second is told to come again, then gets the first one's answer", async () => {
    const w = await world();
    const append = w.journal.append;
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    w.journal.append = async (record) => {
      started.resolve();
      await gate.promise;
      return append(record);
    };
    const first = w.post(pause, { why: "x" }, keyed("k1"));
    await started.promise;
    expect((await w.post(pause, { why: "x" }, keyed("k1"))).status).toBe(409);
    gate.resolve();
    expect((await first).status).toBe(200);
    expect((await w.post(pause, { why: "x" }, keyed("k1"))).headers.get("idempotent-replayed")).toBe("true");
    expect((await w.journal.list({ tenant: "default" })).items).toHaveLength(1);
  });

  it("an answer that cannot be kept is given all the same, because it was done", async () => {
    const w = await world();
    const write = w.store.write;
    w.store.write = async (key, version, next) => {
      if (key.noun === "idempotency" && JSON.stringify(next.state).includes("answer")) {
        throw new HeadgateError("store.item_too_large", "too large");
      }
      return write(key, version, next);
    };
    expect((await w.post(pause, { why: "x" }, keyed("k1"))).status).toBe(200);
    expect(w.lines.join()).toContain("could not be kept");
  });

  it("a request whose process died does not block its key for long", async () => {
    const w = await world();
    const write = w.store.write;
    let dead = false;
    w.store.write = async (key, version, next) => {
      if (dead && key.noun === "idempotency") throw new HeadgateError("store.unavailable", "the process is gone");
      const written = await write(key, version, next);
      if (key.noun === "idempotency") dead = true;
      return written;
    };
    await w.post(pause, { why: "x" }, keyed("k1"));
    w.store.write = write;
    expect((await w.post(pause, { why: "x" }, keyed("k1"))).status).toBe(409);
    w.clock.advance(MINUTE);
    expect((await w.post(pause, { why: "x" }, keyed("k1"))).status).toBe(200);
  });

  it("answers are kept for 24 hours", async () => {
    const w = await world();
    await w.post(pause, { why: "x" }, keyed("k1"));
    w.clock.advance(24 * 60 * MINUTE - 1);
    expect((await w.post(pause, { why: "x" }, keyed("k1"))).headers.get("idempotent-replayed")).toBe("true");
    w.clock.advance(1);
    expect((await w.post(pause, { why: "x" }, keyed("k1"))).headers.get("idempotent-replayed")).toBeNull();
  });

  it("two callers with the same key do not meet", async () => {
    const w = await world({ access: "keys" });
    const [a, b] = [await w.key("operate"), await w.key("operate")];
    await w.post(pause, { why: "one" }, { ...keyed("k1"), authorization: `Bearer ${a}` });
    const response = await w.post(pause, { why: "two" }, { ...keyed("k1"), authorization: `Bearer ${b}` });
    expect(response.status).toBe(200);
  });

  it("never keeps the text of an API key", async () => {
    const w = await world();
    const body = { name: "ci", scope: "read" };
    const first = (await (await w.post("/api/v1/access/keys", body, keyed("k1"))).json()) as Answer;
    const again = await w.post("/api/v1/access/keys", body, keyed("k1"));
    expect(again.status).toBe(201);
    const repeated = (await again.json()) as Answer;
    expect(repeated).toMatchObject({ id: first.id, name: "ci" });
    expect(repeated.key).toBeUndefined();
    expect(JSON.stringify(await w.store.list("default", "idempotency"))).not.toContain(first.key.slice(-43));
    expect((await w.store.list("default", "access")).items).toHaveLength(1);
  });

  it.each(["", "with blank", "x".repeat(256), "emoji-😀"])("%j is no usable key", async (key) => {
    const w = await world();
    const headers = new Headers();
    try {
      headers.set("idempotency-key", key);
    } catch {
      // Not even a header may hold it.
      return;
    }
    const response = await w.post(pause, { why: "x" }, keyed(key));
    expect(response.status).toBe(400);
  });
});
