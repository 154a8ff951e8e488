import { goStruct, goText } from "./go-json.ts";
import { judgeStatus } from "./judge.ts";
import { textOf } from "./read.ts";
import type { Making, Plan } from "./request.ts";
import { webhookBody } from "./webhook.ts";

/** An event, and a message of a queue, may have 256 KB; what surrounds them takes some of it. */
const LARGEST = 240_000;

/** The body of version 4 with as many alerts as there is room for. */
function bounded(making: Making): string {
  const whole = webhookBody(making);
  if (size(whole) <= LARGEST) return whole;
  let [least, most] = [1, making.notification.alerts.length];
  while (least < most) {
    const half = Math.ceil((least + most) / 2);
    if (size(webhookBody(making.limited(half))) <= LARGEST) least = half;
    else most = half - 1;
  }
  return webhookBody(making.limited(least));
}

/** Bytes of a text inside of another JSON text, at most: quotes and backslashes double. */
function size(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    bytes += unit === 34 || unit === 92 ? 2 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
  }
  return bytes;
}

/** An event on a bus of EventBridge, detail as the webhook's body and the notification's key: rules can match any part of it. */
export function eventbridge(making: Making): Plan {
  const { settings, status, notification } = making;
  const region = textOf(settings, "region");
  const source = textOf(settings, "source") || "headgate.alerting";
  const type = textOf(settings, "detailType") || (status === "firing" ? "Alert firing" : "Alert resolved");
  const detail = `{"idempotencyKey":${goText(notification.key)},${bounded(making).trimEnd().slice(1)}`;
  const entry = goStruct({
    EventBusName: goText(textOf(settings, "bus") || "default"),
    Source: goText(source),
    DetailType: goText(type),
    Detail: goText(detail),
    Time: String(Math.floor(notification.flushAt / 1_000)),
  });
  return {
    requests: [
      {
        kind: "aws",
        service: "events",
        ...(region === "" ? {} : { region }),
        headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.PutEvents" },
        body: `{"Entries":[${entry}]}`,
      },
    ],
    judge: (answer) => {
      const judged = judgeStatus(answer);
      if (!judged.ok) return judged;
      // 200 also says that entries failed.
      const failed = /"FailedEntryCount"\s*:\s*[1-9]/.test(answer.body);
      const code = /"ErrorCode"\s*:\s*"([^"]+)"/.exec(answer.body)?.[1] ?? "unknown";
      const retry = /Throttling|Internal/.test(code);
      return failed ? { ok: false, retry, why: `EventBridge did not take the event: ${code}` } : judged;
    },
  };
}

/** A message in a queue of SQS: the webhook's body. Queues that keep order get ids: the group's, and the notification's own. */
export function sqs(making: Making): Plan {
  const { settings, notification, groupHash } = making;
  const queue = textOf(settings, "queueUrl");
  const ordered = queue.endsWith(".fifo");
  const group = making.text(textOf(settings, "messageGroupId")) || groupHash;
  const region = textOf(settings, "region") || /^https:\/\/sqs\.([a-z0-9-]+)\./.exec(queue)?.[1] || "";
  const attribute = (value: string) => goStruct({ DataType: goText("String"), StringValue: goText(value) });
  return {
    requests: [
      {
        kind: "aws",
        service: "sqs",
        ...(region === "" ? {} : { region }),
        endpoint: queue,
        headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage" },
        body: goStruct({
          QueueUrl: goText(queue),
          MessageBody: goText(bounded(making)),
          MessageAttributes: goStruct({
            idempotencyKey: attribute(notification.key),
            groupKeyHash: attribute(groupHash),
          }),
          MessageGroupId: ordered ? goText(group) : undefined,
          MessageDeduplicationId: ordered ? goText(notification.key) : undefined,
        }),
      },
    ],
  };
}
