import { sqsTimers } from "../../shared/edge/sqs-timers.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";
import { timersWire, wakeOf } from "../fakes/timers-wire.ts";
import { wireClients } from "../fakes/wire.ts";
import { timersContract } from "./timers.ts";

timersContract("memory", async () => {
  const clock = manualClock();
  const memory = memoryTimers({ now: clock.now });
  return {
    timers: memory.timers,
    now: clock.now,
    advance: async (ms) => void clock.advance(ms),
    delivered: async () => memory.take(),
    breakDown: async () => memory.unreachable(true),
    close: async () => undefined,
  };
});

timersContract("SQS and Scheduler on the wire fakes", async () => {
  const clock = manualClock();
  const wire = await timersWire({ now: clock.now });
  const sqs = wireClients(wire.sqs.endpoint, { maxAttempts: 1 });
  const scheduler = wireClients(wire.scheduler.endpoint, { maxAttempts: 1 });
  const { queueUrl, queueArn, roleArn, group } = wire;
  return {
    timers: sqsTimers({
      sqs: sqs.sqs,
      scheduler: scheduler.scheduler,
      queueUrl,
      queueArn,
      roleArn,
      group,
      now: clock.now,
    }),
    now: clock.now,
    advance: async (ms) => void clock.advance(ms),
    delivered: async () => wire.take().map((message) => wakeOf(message.body)),
    breakDown: () => wire.close(),
    close: async () => {
      await Promise.all([sqs.close(), scheduler.close()]);
      await wire.close();
    },
  };
});
