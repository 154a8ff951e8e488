import { describe, expect, it } from "vitest";
import { decisionId } from "../../shared/core/kernel/id.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { type Answer, world } from "./kit.ts";

/** Reads server-sent events one after the other. */
function reader(response: Response) {
  const source = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  const block = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const found = text.slice(0, end);
        text = text.slice(end + 2);
        return found;
      }
      const { done, value } = await source.read();
      if (done) throw new Error(`the stream ended: ${text}`);
      text += decoder.decode(value, { stream: true });
    }
  };
  return {
    block,
    /** The next decision; what keeps the stream open is passed over. */
    next: async (): Promise<{ readonly id: string; readonly data: Answer }> => {
      for (;;) {
        const lines = (await block()).split("\n");
        const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        if (field("event") === "decision") return { id: field("id") ?? "", data: JSON.parse(field("data") ?? "null") };
      }
    },
    close: () => source.cancel(),
  };
}

const open = async (w: Awaited<ReturnType<typeof world>>, headers: Record<string, string> = {}) => {
  const response = await w.get("/api/v1/events", headers);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  return reader(response);
};

const pause = (why: string) => ["/api/v1/autoscaling/orders/pause", { why }] as const;

describe("/api/v1/events", () => {
  it("tells of each decision as it is recorded, as the list does", async () => {
    const w = await world();
    const stream = await open(w);
    await w.post(...pause("one"));
    const { id, data } = await stream.next();
    const [listed] = ((await (await w.get("/api/v1/decisions")).json()) as Answer).items;
    expect(id).toBe(listed.id);
    expect({ ...data, outcome: undefined }).toEqual({ ...listed, outcome: undefined });
    await stream.close();
  });

  it("resumes after the last id that was seen, without loss or repeat", async () => {
    const w = await world();
    const first = await open(w);
    await w.post(...pause("one"));
    const { id } = await first.next();
    await first.close();
    for (const why of ["two", "three"]) {
      w.clock.advance(1000);
      await w.post(...pause(why));
    }
    const again = await open(w, { "last-event-id": id });
    await again.block();
    w.clock.advance(1000);
    const posted = w.post(...pause("four"));
    const sentences = [
      (await again.next()).data.sentence,
      (await again.next()).data.sentence,
      (await again.next()).data.sentence,
    ];
    await posted;
    expect(sentences.map((one) => /says "(\w+)"/.exec(one)?.[1])).toEqual(["two", "three", "four"]);
    await again.close();
  });

  it("starts at now for an id that is no decision's", async () => {
    const w = await world();
    await w.post(...pause("old"));
    const stream = await open(w, { "last-event-id": "17" });
    await stream.block();
    await w.post("/api/v1/autoscaling/orders/resume", { why: "new" });
    expect((await stream.next()).data.reason).toBe("resumed");
    await stream.close();
  });

  it("tells a caller of their own tenant only", async () => {
    const w = await world({ access: "keys" });
    const stream = await open(w, { authorization: `Bearer ${await w.key("read")}` });
    await w.post(...pause("ours"), { authorization: `Bearer ${await w.key("operate")}` });
    const { id } = await stream.next();
    const record = (await w.journal.get("default", id)) as DecisionRecord;
    const theirs = { ...record, tenant: "other", id: decisionId(w.clock.now() + 1, () => 0.5) };
    w.hub.publish(theirs);
    w.hub.publish({ ...record, id: decisionId(w.clock.now() + 2, () => 0.5) });
    expect((await stream.next()).id).not.toBe(theirs.id);
    await stream.close();
  });

  it("stays open by comments while nothing happens", async () => {
    const w = await world({ heartbeatMs: 5 });
    const stream = await open(w);
    expect(await stream.block()).toBe("retry: 2000");
    expect(await stream.block()).toMatch(/^: /);
    await stream.close();
  });

  it("lets go of a reader who left", async () => {
    const w = await world();
    const stream = await open(w);
    await stream.block();
    expect(w.hub.listeners()).toBe(1);
    await stream.close();
    await expect.poll(() => w.hub.listeners()).toBe(0);
  });

  it("cuts off a reader who does not read, instead of keeping everything for them", async () => {
    const w = await world();
    await w.post(...pause("one"));
    const [record] = (await w.journal.list({ tenant: "default" })).items as [DecisionRecord];
    const response = await w.get("/api/v1/events");
    for (let i = 0; i < 3_000; i += 1) w.hub.publish({ ...record, id: decisionId(w.clock.now() + i, () => 0.25) });
    await expect.poll(() => w.hub.listeners()).toBe(0);
    await response.body?.cancel();
  });

  it("answers where no stream is possible that there is none, so that the console polls", async () => {
    const w = await world({ stream: false });
    const response = await w.get("/api/v1/events");
    expect(response.status).toBe(501);
    expect(((await response.json()) as Answer).code).toBe("runtime.unsupported");
  });
});
