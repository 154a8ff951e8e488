import { eventbridge, sqs } from "./aws-events.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { msteamsv2 } from "./msteamsv2.ts";
import { opsgenie } from "./opsgenie.ts";
import { pagerduty } from "./pagerduty.ts";
import { type Making, type Plan, ReceiverFault } from "./request.ts";
import { slack } from "./slack.ts";
import { sns } from "./sns.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

const RECEIVERS: Readonly<Record<string, (making: Making) => Plan>> = {
  webhook,
  slack,
  pagerduty,
  opsgenie,
  email,
  sns,
  msteamsv2,
  discord,
  telegram,
  eventbridge,
  sqs,
};

/** Whether notifications of a type leave from here. Others are read and checked only. */
export const isSendable = (type: string): boolean => Object.hasOwn(RECEIVERS, type);

/** Why nothing is sent to a receiver of another type. */
export const notSendable = (type: string): string =>
  `${type} is read and checked, but Headgate does not send to it; use one of ${Object.keys(RECEIVERS).join(", ")}`;

/** The requests that a notification consists of. Throws ReceiverFault, for types that are not sendable too. */
export function makeRequests(making: Making): Plan {
  const { type } = making.notification.integration;
  const make = Object.hasOwn(RECEIVERS, type) ? RECEIVERS[type] : undefined;
  if (!make) throw new ReceiverFault(notSendable(type));
  return make(making);
}
