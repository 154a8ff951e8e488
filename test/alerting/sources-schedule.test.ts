import { describe, expect, it } from "vitest";
import { flushDue } from "../../functions/alerting/flush.ts";
import { receiveAlerts } from "../../functions/alerting/receive.ts";
import { sweep } from "../../functions/alerting/schedule.ts";
import { tick } from "../../functions/autoscaling/schedule.ts";
import { awsTimers } from "../../functions/aws-timers.ts";
import { readEnv } from "../../shared/shell/env.ts";
import { alertingWorld } from "./sources-world.ts";

const MINUTE = 60_000;
const ALERT = { labels: { alertname: "Down" }, annotations: {} };

/** A world with one group whose timer never came. */
async function forgotten() {
  const w = await alertingWorld();
  await receiveAlerts(w.runtime, "default", [ALERT]);
  const overdue = () => /^headgate_flushes_overdue (\d+)$/m.exec(w.runtime.telemetry.expose("prometheus"))?.[1];
  return { w, overdue };
}

describe("the sweep", () => {
  it("flushes what no timer woke, and then nothing is overdue, which it says", async () => {
    const { w, overdue } = await forgotten();
    const told: string[] = [];
    const notify = {
      send: async (_: string, { groupKey }: { readonly groupKey: string }) => {
        told.push(groupKey);
        return { ok: true as const, detail: "200" };
      },
    };
    w.clock.advance(4 * MINUTE);
    await sweep({ ...w.runtime, notify }, flushDue);
    expect(told).toEqual(['{}:{alertname="Down"}']);
    expect(overdue()).toBe("0");
  });

  it("that cannot flush tells how many are overdue, and fails", async () => {
    const { w, overdue } = await forgotten();
    w.clock.advance(5 * MINUTE);
    await expect(sweep(w.runtime, () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect(overdue()).toBe("1");
  });

  it("leaves a timer two minutes before it calls a flush overdue", async () => {
    const { w, overdue } = await forgotten();
    w.clock.advance(2 * MINUTE);
    await sweep(w.runtime, async () => undefined);
    expect(overdue(), "group_wait is 30 s").toBe("0");
    w.clock.advance(MINUTE);
    await sweep(w.runtime, async () => undefined);
    expect(overdue()).toBe("1");
  });
});

describe("groups of alerts", () => {
  it("that are due do not count among the decisions that the tick has to make", async () => {
    const { w } = await forgotten();
    w.clock.advance(60 * MINUTE);
    await tick(w.runtime);
    expect(w.runtime.telemetry.expose("prometheus")).toMatch(/^headgate_decisions_overdue 0$/m);
  });

  it.each([
    ["alerting", "flushes"],
    ["alerting-silence", "flushes"],
    ["autoscaling", "services"],
  ])("wakes of %s go to the queue of %s", async (noun, queue) => {
    const env = readEnv({
      HEADGATE_TABLE: "t",
      HEADGATE_BUCKET: "b",
      HEADGATE_QUEUE_URL: "https://sqs.example/services",
      HEADGATE_QUEUE_ARN: "arn:services",
      HEADGATE_SCHEDULER_GROUP: "g",
      HEADGATE_SCHEDULER_ROLE_ARN: "arn:role",
      HEADGATE_FLUSH_QUEUE_URL: "https://sqs.example/flushes",
      HEADGATE_FLUSH_QUEUE_ARN: "arn:flushes",
      HEADGATE_FLUSH_SCHEDULER_GROUP: "f",
      HEADGATE_FLUSH_SCHEDULER_ROLE_ARN: "arn:flush-role",
    });
    const sent: string[] = [];
    const sqs = { send: async ({ input }: { input: { QueueUrl: string } }) => void sent.push(input.QueueUrl) };
    const clients = { sqs: async () => sqs, scheduler: async () => sqs } as never;
    await awsTimers(env, clients, () => 0).wake({ key: { tenant: "a", noun, subject: "b" }, at: MINUTE });
    expect(sent).toEqual([`https://sqs.example/${queue}`]);
  });
});
