import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { sendAll } from "../../shared/edge/sqs-scores.ts";
import { type JsonMembers, jsonFault, jsonWire, type Wire, wireClients } from "../fakes/wire.ts";

const URL = "http://127.0.0.1/123456789012/scores";

describe("messages for the scoring workers over SQS", () => {
  let wire: Wire;
  let clients: AwsClients;
  let got: string[];
  /** Ids that the queue refuses. */
  let refused: readonly string[];

  beforeEach(async () => {
    got = [];
    refused = [];
    wire = await jsonWire("1.0", "AmazonSQS", {
      SendMessageBatch: (input) => {
        const entries = input["Entries"] as readonly JsonMembers[];
        if (entries.length > 10) throw new Error("at most ten");
        if (new Set(entries.map((one) => one["Id"])).size !== entries.length) throw new Error("ids must differ");
        const [bad, good] = [
          entries.filter((one) => refused.includes(`${one["Id"]}`)),
          entries.filter((one) => !refused.includes(`${one["Id"]}`)),
        ];
        got.push(...good.map((one) => `${one["MessageBody"]}`));
        return {
          Successful: good.map((one) => ({
            Id: one["Id"],
            MessageId: `m${one["Id"]}`,
            MD5OfMessageBody: createHash("md5").update(`${one["MessageBody"]}`).digest("hex"),
          })),
          Failed: bad.map((one) => ({ Id: one["Id"], Code: "InternalError", SenderFault: false })),
        };
      },
    });
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  it("go ten in a request, in order, each once", async () => {
    const bodies = Array.from({ length: 25 }, (_, index) => `{"shard":${index}}`);
    await sendAll(clients.sqs, URL, bodies);
    expect(got).toEqual(bodies);
    expect(wire.counts()).toEqual({ SendMessageBatch: 3 });
    await sendAll(clients.sqs, URL, []);
    expect(wire.counts()).toEqual({ SendMessageBatch: 3 });
  });

  it("one that is refused is an error to try again with, although the answer is a good one", async () => {
    refused = ["m1"];
    await expect(sendAll(clients.sqs, URL, ["a", "b"])).rejects.toMatchObject({
      code: "timers.unavailable",
      retryable: true,
      message: "1 messages were refused: InternalError",
    });
  });

  it("a queue that does not answer is unavailable", async () => {
    wire.inject("SendMessageBatch", jsonFault("ServiceUnavailable", 503), 5);
    await expect(sendAll(clients.sqs, URL, ["a"])).rejects.toMatchObject({
      code: "timers.unavailable",
      retryable: true,
    });
  });
});
