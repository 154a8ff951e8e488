import { createHash } from "node:crypto";
import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { keyText } from "../core/kernel/key.ts";
import { iso, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { Timers, Wake } from "../core/ports/timers.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";

/** The longest DelaySeconds of SQS: 15 minutes. */
const LONGEST_DELAY_S = 900;
/** Wakes this process has set and that are still to come: enough for one tick over 1,000 services. */
const REMEMBERED = 1_000;

export interface SqsTimersOptions {
  readonly sqs: ClientSource<SQSClient>;
  readonly scheduler: ClientSource<SchedulerClient>;
  readonly queueUrl: string;
  readonly queueArn: string;
  /** Role that EventBridge Scheduler takes on to send to the queue. */
  readonly roleArn: string;
  /** Schedule group. */
  readonly group: string;
  /** Epoch ms. */
  readonly now: () => Millis;
  /** Where the scheduler puts what it could not deliver. */
  readonly deadLetterArn?: string;
}

/** Name of the schedule for one key and instant: 1..64 characters of [0-9a-zA-Z-_.]. */
export function scheduleName(wake: Wake): string {
  return `headgate-${createHash("sha256")
    .update(`${keyText(wake.key)}@${wake.at}`)
    .digest("hex")
    .slice(0, 48)}`;
}

/** Schedules have whole seconds; rounded up, since a wake must not come early. */
function atExpression(at: Millis): string {
  return `at(${iso(Math.ceil(at / SECOND_MS) * SECOND_MS).slice(0, 19)})`;
}

/**
 * Timers over SQS (up to 15 minutes ahead, to the second) and EventBridge Scheduler (beyond, to the minute). The message is
 * the wake as JSON. A wake that was set twice by one process is sent once; two processes may each send it, as the port allows.
 */
export function sqsTimers(options: SqsTimersOptions): Timers {
  const set = new Map<string, Millis>();

  const remember = (name: string, at: Millis, now: Millis) => {
    for (const [known, due] of set) if (due <= now || set.size >= REMEMBERED) set.delete(known);
    set.set(name, at);
  };

  const send = async (wake: Wake, delaySeconds: number) => {
    const [client, sqs] = await Promise.all([clientOf(options.sqs), import("./sqs-calls.ts")]);
    const message = { QueueUrl: options.queueUrl, MessageBody: JSON.stringify(wake), DelaySeconds: delaySeconds };
    await sqs.sendMessage(client, message);
  };

  const schedule = async (wake: Wake, name: string) => {
    const [client, scheduler] = await Promise.all([clientOf(options.scheduler), import("./scheduler-calls.ts")]);
    const { deadLetterArn } = options;
    try {
      await scheduler.createSchedule(client, {
        Name: name,
        GroupName: options.group,
        Description: `Headgate looks again at ${keyText(wake.key)}`.slice(0, 512),
        ScheduleExpression: atExpression(wake.at),
        ScheduleExpressionTimezone: "UTC",
        FlexibleTimeWindow: { Mode: "OFF" },
        ActionAfterCompletion: "DELETE",
        Target: {
          Arn: options.queueArn,
          RoleArn: options.roleArn,
          Input: JSON.stringify(wake),
          ...(deadLetterArn ? { DeadLetterConfig: { Arn: deadLetterArn } } : {}),
        },
      });
    } catch (error) {
      // The name says key and instant: whoever made it asked for the same wake.
      if (awsErrorName(error) !== "ConflictException") throw error;
    }
  };

  return {
    wake: async (given) => {
      // Only the two members: whatever else the caller's object carries does not belong into a message.
      const wake: Wake = { key: given.key, at: given.at };
      const now = options.now();
      const name = scheduleName(wake);
      if (wake.at > now && set.has(name)) return;
      const delaySeconds = Math.max(0, Math.ceil((wake.at - now) / SECOND_MS));
      try {
        if (delaySeconds <= LONGEST_DELAY_S) await send(wake, delaySeconds);
        else await schedule(wake, name);
      } catch (error) {
        throw awsError("timers.unavailable", `no wake could be set for ${keyText(wake.key)}`, error);
      }
      if (wake.at > now) remember(name, wake.at, now);
    },
  };
}
