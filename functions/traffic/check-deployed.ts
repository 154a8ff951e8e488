import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { type CheckHttp, httpCheck } from "../../shared/edge/http-check.ts";
import { sendAll } from "../../shared/edge/sqs-scores.ts";
import type { CheckQueue } from "./check-queue.ts";

/** Looks over HTTP from a function: never at itself. */
export const deployedCheck = (): CheckHttp => httpCheck({ loopback: false });

/**
 * The queue of the checker as HEADGATE_CHECKS_URL names it.
 *
 * @throws HeadgateError `config.invalid` where it is not set
 */
export function deployedQueue(env: Readonly<Record<string, string | undefined>>): CheckQueue {
  const url = env["HEADGATE_CHECKS_URL"];
  if (!url)
    throw new HeadgateError("config.invalid", "environment: HEADGATE_CHECKS_URL is not set", {
      faults: [{ path: "HEADGATE_CHECKS_URL", message: "is not set", allowed: "address of the checker's queue" }],
    });
  const clients = awsClients({ ...(env["AWS_REGION"] === undefined ? {} : { region: env["AWS_REGION"] }) });
  return {
    send: (messages, afterSeconds) =>
      sendAll(
        clients.sqs,
        url,
        messages.map((message) => JSON.stringify(message)),
        afterSeconds,
      ),
  };
}
