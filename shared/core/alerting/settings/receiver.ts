import { goQuoted } from "../../kernel/go-quote.ts";
import type { IntegrationType } from "../types.ts";
import { discord, mattermost, msteams, msteamsv2, rocketchat, slack, webex } from "./receivers-chat.ts";
import { incidentio, jira, pushover, victorops, wechat } from "./receivers-more.ts";
import { email, opsgenie, pagerduty, sns, telegram, webhook } from "./receivers-paging.ts";
import { string } from "./scalars.ts";
import { kept, list, mapOf, optional, pointer, type StructOf, struct } from "./structures.ts";

const receiverFields = {
  name: kept(string),
  labels: optional(mapOf(string)),
  discord_configs: optional(list(pointer(discord))),
  email_configs: optional(list(pointer(email))),
  incidentio_configs: optional(list(pointer(incidentio))),
  pagerduty_configs: optional(list(pointer(pagerduty))),
  slack_configs: optional(list(pointer(slack))),
  webhook_configs: optional(list(pointer(webhook))),
  opsgenie_configs: optional(list(pointer(opsgenie))),
  wechat_configs: optional(list(pointer(wechat))),
  pushover_configs: optional(list(pointer(pushover))),
  victorops_configs: optional(list(pointer(victorops))),
  sns_configs: optional(list(pointer(sns))),
  telegram_configs: optional(list(pointer(telegram))),
  webex_configs: optional(list(pointer(webex))),
  msteams_configs: optional(list(pointer(msteams))),
  msteamsv2_configs: optional(list(pointer(msteamsv2))),
  jira_configs: optional(list(pointer(jira))),
  rocketchat_configs: optional(list(pointer(rocketchat))),
  mattermost_configs: optional(list(pointer(mattermost))),
};

export type ReceiverStruct = StructOf<typeof receiverFields>;

/** The kinds of integrations in the order in which upstream makes and numbers them. Source: config/receiver/receiver.go. */
export const INTEGRATIONS = [
  ["webhook", webhook],
  ["email", email],
  ["pagerduty", pagerduty],
  ["opsgenie", opsgenie],
  ["wechat", wechat],
  ["slack", slack],
  ["victorops", victorops],
  ["pushover", pushover],
  ["sns", sns],
  ["telegram", telegram],
  ["discord", discord],
  ["webex", webex],
  ["msteams", msteams],
  ["msteamsv2", msteamsv2],
  ["jira", jira],
  ["incidentio", incidentio],
  ["rocketchat", rocketchat],
  ["mattermost", mattermost],
] as const;

/** What Headgate sends itself. */
export const SENDABLE: ReadonlySet<IntegrationType> = new Set<IntegrationType>([
  "webhook",
  "slack",
  "pagerduty",
  "opsgenie",
  "email",
  "sns",
  "msteamsv2",
  "discord",
  "telegram",
  "eventbridge",
  "sqs",
]);

/** `receivers`. Source: config/config.go Receiver. */
export const receivers = list(
  struct(receiverFields, {
    check: ({ name, labels }) => {
      if (name === "") return "missing name in receiver";
      const label = labels?.["name"];
      return label !== undefined && label !== name
        ? {
            key: "labels",
            message: `receiver label "name" must match receiver name ${goQuoted(name)}, got ${goQuoted(label)}`,
          }
        : undefined;
    },
    complete: (receiver) => ({ ...receiver, labels: { ...receiver.labels, name: receiver.name } }),
  }),
);
