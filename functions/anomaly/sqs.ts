import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { sendAll } from "../../shared/edge/sqs-scores.ts";
import type { ScoreQueue } from "./schedule.ts";

/**
 * The queue of the scoring workers as HEADGATE_SCORES_URL names it.
 *
 * @throws HeadgateError `config.invalid` where it is not set
 */
export function scoreQueue(env: Readonly<Record<string, string | undefined>>): ScoreQueue {
  const url = env["HEADGATE_SCORES_URL"];
  if (!url)
    throw new HeadgateError("config.invalid", "environment: HEADGATE_SCORES_URL is not set", {
      faults: [{ path: "HEADGATE_SCORES_URL", message: "is not set", allowed: "address of the scoring queue" }],
    });
  const clients = awsClients({ ...(env["AWS_REGION"] === undefined ? {} : { region: env["AWS_REGION"] }) });
  return {
    send: (messages) =>
      sendAll(
        clients.sqs,
        url,
        messages.map((message) => JSON.stringify(message)),
      ),
  };
}
