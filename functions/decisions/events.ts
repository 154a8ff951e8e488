import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { Hono } from "hono/tiny";
import { idTime } from "../../shared/core/kernel/id.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import type { Hub } from "../api/hub.ts";
import { problem } from "../api/problems.ts";

/** So many missed decisions are sent again; who missed more reads the list. */
const MAX_MISSED = 500;
/** A reader this far behind is cut off and comes back with its last id, instead of filling our memory. */
const MAX_WAITING = 1_000;

/** /api/v1/events: each decision as it is recorded, as server-sent events whose id is the decision's. */
export function eventRoutes(runtime: Runtime, hub: Hub | undefined, heartbeatMs: number) {
  return new Hono<AppEnv>().get("/", need("read"), async (c) => {
    if (!hub) {
      return problem(c, "runtime.unsupported", "this API cannot stream; poll /api/v1/decisions with from");
    }
    const { tenant } = c.get("principal");
    const lastId = c.req.header("last-event-id");
    return streamSSE(c, async (stream) => {
      const waiting: DecisionRecord[] = [];
      let wakeUp = () => {};
      // Listening starts before the past is read, so that nothing falls between the two.
      const stop = hub.subscribe((record) => {
        if (record.tenant !== tenant) return;
        waiting.push(record);
        wakeUp();
      });
      const heart = setInterval(() => void stream.write(": still here\n\n"), heartbeatMs);
      stream.onAbort(() => wakeUp());
      try {
        await stream.write("retry: 2000\n\n");
        const sent = new Set<string>();
        for (const record of await missed(runtime, tenant, lastId)) {
          sent.add(record.id);
          await send(stream, record);
        }
        while (!stream.aborted && !stream.closed && waiting.length <= MAX_WAITING) {
          for (const record of waiting.splice(0)) if (!sent.has(record.id)) await send(stream, record);
          sent.clear();
          if (waiting.length > 0) continue;
          await new Promise<void>((resolve) => {
            wakeUp = resolve;
            if (stream.aborted) resolve();
          });
        }
      } finally {
        clearInterval(heart);
        stop();
      }
    });
  });
}

async function send(stream: SSEStreamingApi, record: DecisionRecord): Promise<void> {
  const { summaryOf } = await import("./deferred.ts");
  await stream.writeSSE({ event: "decision", id: record.id, data: JSON.stringify(summaryOf(record)) });
}

/** Decisions after the one with this id, oldest first. An id that is no decision's starts at now. */
async function missed(
  runtime: Runtime,
  tenant: string,
  lastId: string | undefined,
): Promise<readonly DecisionRecord[]> {
  const from = lastId === undefined ? undefined : idTime(lastId);
  if (lastId === undefined || from === undefined) return [];
  const { items } = await runtime.journal.list({ tenant, from, limit: MAX_MISSED });
  return items.filter((record) => record.id > lastId).reverse();
}
