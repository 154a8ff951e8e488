import { afterEach, beforeEach, expect, it } from "vitest";
import { awsTimers } from "../../functions/aws-timers.ts";
import { readEnv } from "../../shared/shell/env.ts";
import { manualClock } from "../fakes/clock.ts";
import { type TimersWire, timersWire, wakeOf } from "../fakes/timers-wire.ts";
import { wireClients } from "../fakes/wire.ts";

const clock = manualClock();
let wire: TimersWire;
beforeEach(async () => {
  wire = await timersWire({ now: clock.now });
});
afterEach(() => wire.close());

/** All are the same queue here; where a schedule puts what it cannot deliver tells which of them was meant. */
const place = (prefix: string, dead: string) => ({
  [`${prefix}QUEUE_URL`]: wire.queueUrl,
  [`${prefix}QUEUE_ARN`]: wire.queueArn,
  [`${prefix}SCHEDULER_GROUP`]: wire.group,
  [`${prefix}SCHEDULER_ROLE_ARN`]: wire.roleArn,
  [`${prefix === "HEADGATE_" ? "HEADGATE_TIMERS_" : prefix}DEAD_ARN`]: `arn:aws:sqs:eu-central-1:1:${dead}`,
});

/** Dead letters of the schedule that a wake of each noun, an hour ahead, was put into. */
async function deadLetters(more: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  const env = readEnv({ HEADGATE_TABLE: "t", HEADGATE_BUCKET: "b", ...place("HEADGATE_", "services"), ...more });
  const clients = { sqs: wireClients(wire.sqs.endpoint), scheduler: wireClients(wire.scheduler.endpoint) };
  const timers = awsTimers(env, { ...clients.sqs, scheduler: clients.scheduler.scheduler }, clock.now);
  for (const noun of ["autoscaling", "delivery", "alerting"])
    await timers.wake({ key: { tenant: "default", noun, subject: "x" }, at: clock.now() + 3_600_000 });
  await Promise.all([clients.sqs.close(), clients.scheduler.close()]);
  return Object.fromEntries(
    wire.schedules().map(({ input }) => {
      const target = input["Target"] as { readonly Input: string; readonly DeadLetterConfig: { readonly Arn: string } };
      return [wakeOf(target.Input).key.noun, target.DeadLetterConfig.Arn.split(":").at(-1)];
    }),
  );
}

it("rollouts have timers of their own where delivery is deployed, and nothing else goes there", async () => {
  const all = { ...place("HEADGATE_ROLLOUT_", "rollouts"), ...place("HEADGATE_FLUSH_", "flushes") };
  expect(await deadLetters(all)).toEqual({ autoscaling: "services", delivery: "rollouts", alerting: "flushes" });
});

it("without it their wakes go where those of services go, and none is lost", async () => {
  const services = "services";
  expect(await deadLetters({})).toEqual({ autoscaling: services, delivery: services, alerting: services });
});
