import type { SQSClient } from "@aws-sdk/client-sqs";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";

/** The most messages of one SendMessageBatch. */
const BATCH = 10;

/**
 * Sends texts to a queue, ten in a request.
 *
 * @param afterSeconds they are delivered no earlier, 0..900
 * @param delaySeconds 0..900: when they are handed out; default at once
 * @throws HeadgateError `timers.unavailable` (retryable); some may have been sent
 */
export async function sendAll(
  source: ClientSource<SQSClient>,
  queueUrl: string,
  bodies: readonly string[],
  delaySeconds?: number,
): Promise<void> {
  try {
    const [client, sqs] = await Promise.all([clientOf(source), import("./sqs-calls.ts")]);
    for (let from = 0; from < bodies.length; from += BATCH) {
      const Entries = bodies.slice(from, from + BATCH).map((MessageBody, index) => ({
        Id: `m${from + index}`,
        MessageBody,
        ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
      }));
      const { Failed = [] } = await sqs.sendMessages(client, { QueueUrl: queueUrl, Entries });
      const [first] = Failed;
      if (first)
        throw new HeadgateError("timers.unavailable", `${Failed.length} messages were refused: ${first.Code ?? "?"}`, {
          retryable: true,
        });
    }
  } catch (error) {
    throw error instanceof HeadgateError ? error : awsError("timers.unavailable", "messages could not be sent", error);
  }
}
