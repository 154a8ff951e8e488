import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { scheduleName, sqsTimers } from "../../shared/edge/sqs-timers.ts";
import { manualClock } from "../fakes/clock.ts";
import { type TimersWire, timersWire, wakeOf } from "../fakes/timers-wire.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";

const MINUTE = 60_000;

describe("SQS and Scheduler timers, beyond the contract", () => {
  let clock = manualClock();
  let wire: TimersWire;
  let sqs: AwsClients;
  let scheduler: AwsClients;
  const timers = (deadLetterArn?: string) => {
    const { queueUrl, queueArn, roleArn, group } = wire;
    const clients = { sqs: sqs.sqs, scheduler: scheduler.scheduler };
    return sqsTimers({
      ...clients,
      queueUrl,
      queueArn,
      roleArn,
      group,
      now: clock.now,
      ...(deadLetterArn ? { deadLetterArn } : {}),
    });
  };
  const wake = (inMs: number, subject = "orders") => ({
    key: { tenant: "default", noun: "autoscaling", subject },
    at: clock.now() + inMs,
  });

  beforeEach(async () => {
    clock = manualClock();
    wire = await timersWire({ now: clock.now });
    sqs = wireClients(wire.sqs.endpoint, { maxAttempts: 1 });
    scheduler = wireClients(wire.scheduler.endpoint, { maxAttempts: 1 });
  });
  afterEach(async () => {
    await Promise.all([sqs.close(), scheduler.close()]);
    await wire.close();
  });

  test("up to 15 minutes go through the queue alone, beyond that through the scheduler alone", async () => {
    await timers().wake(wake(15 * MINUTE));
    expect([wire.sqs.counts(), wire.scheduler.counts()]).toEqual([{ SendMessage: 1 }, {}]);
    await timers().wake(wake(15 * MINUTE + 1));
    expect([wire.sqs.counts(), wire.scheduler.counts()]).toEqual([{ SendMessage: 1 }, { CreateSchedule: 1 }]);
  });

  test("two processes that set the same far wake make one schedule", async () => {
    const far = wake(60 * MINUTE);
    await Promise.all([timers().wake(far), timers().wake(far)]);
    expect(wire.scheduler.counts()).toEqual({ CreateSchedule: 2 });
    expect(wire.schedules().map((one) => one.name)).toEqual([scheduleName(far)]);
    clock.advance(60 * MINUTE);
    expect(wire.take().map((message) => wakeOf(message.body))).toEqual([far]);
    expect(wire.schedules()).toEqual([]);
  });

  test("two processes that set the same near wake may each send it: at least once, and nothing else", async () => {
    const near = wake(MINUTE);
    await Promise.all([timers().wake(near), timers().wake(near)]);
    clock.advance(MINUTE);
    expect(wire.take().map((message) => wakeOf(message.body))).toEqual([near, near]);
  });

  test("a wake that could not be sent is not taken for sent", async () => {
    const one = timers();
    for (const inMs of [MINUTE, 60 * MINUTE]) {
      const wanted = wake(inMs);
      if (inMs > 15 * MINUTE) wire.scheduler.inject("CreateSchedule", jsonFault("InternalServerException", 500));
      else wire.sqs.inject("SendMessage", jsonFault("InternalFailure", 500));
      await expect(one.wake(wanted)).rejects.toMatchObject({ code: "timers.unavailable", retryable: true });
      await one.wake(wanted);
      clock.advance(inMs);
      expect(wire.take().map((message) => wakeOf(message.body))).toEqual([wanted]);
    }
  });

  test("a missing queue or group is an error that trying again does not mend", async () => {
    wire.sqs.inject("SendMessage", jsonFault("QueueDoesNotExist"), 1);
    wire.scheduler.inject("CreateSchedule", jsonFault("ResourceNotFoundException", 404), 1);
    for (const inMs of [MINUTE, 60 * MINUTE])
      await expect(timers().wake(wake(inMs))).rejects.toMatchObject({ code: "timers.unavailable", retryable: false });
  });

  test("a schedule carries the wake, the role, the queue for what cannot be delivered, and deletes itself", async () => {
    const far = wake(60 * MINUTE);
    await timers("arn:aws:sqs:eu-central-1:123456789012:dead").wake(far);
    expect(wire.schedules()[0]?.input).toMatchObject({
      ScheduleExpression: "at(2026-01-05T01:00:00)",
      ActionAfterCompletion: "DELETE",
      Target: {
        Input: JSON.stringify(far),
        RoleArn: wire.roleArn,
        DeadLetterConfig: { Arn: "arn:aws:sqs:eu-central-1:123456789012:dead" },
      },
    });
  });

  test("names of schedules differ by key and by instant, and are the same for the same", () => {
    const at = clock.now();
    const keys = [
      { tenant: "a", noun: "b/c", subject: "d" },
      { tenant: "a", noun: "b", subject: "c/d" },
      { tenant: "a/b", noun: "c", subject: "d" },
    ];
    const names = keys.flatMap((key) => [scheduleName({ key, at }), scheduleName({ key, at: at + 1 })]);
    expect(new Set(names).size).toBe(6);
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    expect(keys.flatMap((key) => [scheduleName({ key: { ...key }, at }), scheduleName({ key, at: at + 1 })])).toEqual(
      names,
    );
  });

  test("a thousand waiting wakes are remembered, and forgetting older ones costs a message, never a wake", async () => {
    const one = timers();
    const first = wake(10 * MINUTE, "first");
    await one.wake(first);
    for (let index = 0; index < 1_000; index++) await one.wake(wake(10 * MINUTE, `service-${index}`));
    await one.wake(first);
    clock.advance(10 * MINUTE);
    const subjects = wire.take().map((message) => wakeOf(message.body).key.subject);
    expect([subjects.length, new Set(subjects).size]).toEqual([1_002, 1_001]);
  });
});
