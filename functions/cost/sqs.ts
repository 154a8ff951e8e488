import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { sendAll } from "../../shared/edge/sqs-scores.ts";
import type { CostQueue } from "./work-message.ts";

/**
 * The queue of the workers of cost as HEADGATE_COSTS_URL names it.
 *
 * @throws HeadgateError `config.invalid` where it is not set
 */
export function costQueue(env: Readonly<Record<string, string | undefined>>): CostQueue {
  const url = env["HEADGATE_COSTS_URL"];
  if (!url)
    throw new HeadgateError("config.invalid", "environment: HEADGATE_COSTS_URL is not set", {
      faults: [{ path: "HEADGATE_COSTS_URL", message: "is not set", allowed: "address of the queue of cost" }],
    });
  const [region, endpoint] = [env["AWS_REGION"], env["HEADGATE_AWS_ENDPOINT"]];
  const clients = awsClients({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  return {
    send: (messages) =>
      sendAll(
        clients.sqs,
        url,
        messages.map((message) => JSON.stringify(message)),
      ),
  };
}
