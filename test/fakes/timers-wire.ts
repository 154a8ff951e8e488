import { createHash } from "node:crypto";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import { type JsonMembers, jsonWire, serve, type Wire, WireFault } from "./wire.ts";

/** A queue and a scheduler that deliver into it, both on one clock. */
export interface TimersWire {
  readonly sqs: Wire;
  readonly scheduler: Wire;
  readonly queueUrl: string;
  /** A second queue, of the scoring workers, and the bodies in it. */
  readonly scoresUrl: string;
  readonly takeScores: () => readonly string[];
  readonly queueArn: string;
  readonly roleArn: string;
  readonly group: string;
  /** Takes the messages that are visible now, schedules that have fired included, earliest first. */
  take(): readonly { readonly body: string; readonly at: Millis }[];
  /** Schedules that have not fired. */
  readonly schedules: () => readonly { readonly name: string; readonly input: JsonMembers }[];
  readonly close: () => Promise<void>;
}

const QUEUE_ARN = "arn:aws:sqs:eu-central-1:123456789012:wakes";
const ROLE_ARN = "arn:aws:iam::123456789012:role/scheduler";
const GROUP = "headgate";

const text = (input: JsonMembers, name: string): string => {
  const value = input[name];
  if (typeof value !== "string" || value === "") throw new WireFault("ValidationException", `${name} is required`);
  return value;
};

/** Instant of a one-time schedule: at(yyyy-mm-ddThh:mm:ss), in UTC. */
function instant(input: JsonMembers): Millis {
  const found = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(text(input, "ScheduleExpression"));
  if (!found) throw new WireFault("ValidationException", "Invalid Schedule Expression");
  if ((input["ScheduleExpressionTimezone"] ?? "UTC") !== "UTC")
    throw new WireFault("ValidationException", "only UTC here");
  return Date.parse(`${found[1]}Z`);
}

export async function timersWire(options: { readonly now: () => Millis }): Promise<TimersWire> {
  const { now } = options;
  const messages: { body: string; at: Millis }[] = [];
  const scores: string[] = [];
  const md5 = (body: string) => createHash("md5").update(body).digest("hex");
  const schedules = new Map<string, { at: Millis; input: JsonMembers }>();
  let sent = 0;

  const sqs = await jsonWire("1.0", "AmazonSQS", {
    SendMessage: (input) => {
      if (!text(input, "QueueUrl").endsWith("/123456789012/wakes"))
        throw new WireFault("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
      const body = text(input, "MessageBody");
      const delay = input["DelaySeconds"] ?? 0;
      if (typeof delay !== "number" || !Number.isInteger(delay) || delay < 0 || delay > 900)
        throw new WireFault("InvalidParameterValue", `Value ${delay} for parameter DelaySeconds is invalid.`);
      messages.push({ body, at: now() + delay * 1000 });
      return { MessageId: `${++sent}`, MD5OfMessageBody: md5(body) };
    },
    SendMessageBatch: (input) => {
      if (!text(input, "QueueUrl").endsWith("/123456789012/scores"))
        throw new WireFault("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
      const entries = input["Entries"] as readonly JsonMembers[];
      if (entries.length === 0 || entries.length > 10)
        throw new WireFault("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "1..10 entries");
      const Successful = entries.map((entry) => {
        const body = text(entry, "MessageBody");
        scores.push(body);
        return { Id: text(entry, "Id"), MessageId: `${++sent}`, MD5OfMessageBody: md5(body) };
      });
      return { Successful, Failed: [] };
    },
  });

  const create = (name: string, input: JsonMembers) => {
    if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name))
      throw new WireFault("ValidationException", "Name: 1..64 of [0-9a-zA-Z-_.]");
    if (text(input, "GroupName") !== GROUP) throw new WireFault("ResourceNotFoundException", "no such group", 404);
    if ((input["FlexibleTimeWindow"] as JsonMembers | undefined)?.["Mode"] !== "OFF")
      throw new WireFault("ValidationException", "FlexibleTimeWindow is required");
    if (input["ActionAfterCompletion"] !== "DELETE")
      throw new WireFault("ValidationException", "a schedule that stays behind counts against the quota");
    const target = input["Target"] as JsonMembers | undefined;
    if (target?.["Arn"] !== QUEUE_ARN || target["RoleArn"] !== ROLE_ARN)
      throw new WireFault("ValidationException", "the target needs the queue's ARN and the role's");
    text(target, "Input");
    if (schedules.has(name)) throw new WireFault("ConflictException", `Schedule ${name} already exists.`, 409);
    schedules.set(name, { at: instant(input), input });
    return { ScheduleArn: `arn:aws:scheduler:eu-central-1:123456789012:schedule/${GROUP}/${name}` };
  };
  const scheduler = await serve(
    ({ method, url }) => (method === "POST" && url.pathname.startsWith("/schedules/") ? "CreateSchedule" : "unknown"),
    (operation, request) => {
      if (operation !== "CreateSchedule") throw new WireFault("UnknownOperationException", request.url.pathname);
      const name = decodeURIComponent(request.url.pathname.slice("/schedules/".length));
      const body = create(name, JSON.parse(request.body.toString("utf8")) as JsonMembers);
      return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    },
    (fault) => ({
      status: fault.status,
      headers: { "content-type": "application/json", "x-amzn-errortype": fault.type },
      body: JSON.stringify({ Message: fault.message }),
    }),
  );

  /** Schedules whose time has come send their input to the queue and are gone. */
  const fire = () => {
    for (const [name, { at, input }] of schedules) {
      if (at > now()) continue;
      messages.push({ body: text(input["Target"] as JsonMembers, "Input"), at });
      schedules.delete(name);
    }
  };

  return {
    sqs,
    scheduler,
    queueUrl: `${sqs.endpoint}/123456789012/wakes`,
    scoresUrl: `${sqs.endpoint}/123456789012/scores`,
    takeScores: () => scores.splice(0),
    queueArn: QUEUE_ARN,
    roleArn: ROLE_ARN,
    group: GROUP,
    take: () => {
      fire();
      const due = messages.filter((message) => message.at <= now()).sort((a, b) => a.at - b.at);
      for (const message of due) messages.splice(messages.indexOf(message), 1);
      return due;
    },
    schedules: () => [...schedules].map(([name, { input }]) => ({ name, input })),
    close: async () => void (await Promise.all([sqs.close(), scheduler.close()])),
  };
}

/** The wake in a message, as the queue function reads it. */
export const wakeOf = (body: string): Wake => JSON.parse(body) as Wake;
