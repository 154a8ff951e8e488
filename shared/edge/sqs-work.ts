import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Work } from "../core/ports/work.ts";
import type { ClientSource } from "./aws-clients.ts";
import { sendAll } from "./sqs-scores.ts";

/** Work of backups over SQS: one message a piece; the SDK is loaded with the first of them. */
export const sqsWork = (client: ClientSource<SQSClient>, queueUrl: string): Work => ({
  send: async (messages) => {
    await sendAll(
      client,
      queueUrl,
      messages.map((message) => JSON.stringify(message)),
    );
  },
});
