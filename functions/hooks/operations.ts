import * as v from "valibot";
import type { Operation } from "../api/operation.ts";

const text = v.string();

/** What routes.ts beside it answers, for the OpenAPI document. */
export const hooksOperations: readonly Operation[] = [
  {
    method: "post",
    path: "/hooks/sns",
    id: "snsHook",
    tag: "hooks",
    summary: "Alarms and events from an SNS topic; the message's own signature is the key",
    body: {
      schema: v.looseObject({ Type: text, MessageId: text, TopicArn: text, Message: text, Signature: text }),
      example: {
        Type: "Notification",
        MessageId: "6e418da5-ec1a-5c05-9c5a-d3b2a1f0c7e9",
        TopicArn: "arn:aws:sns:eu-central-1:111122223333:alarms",
        Message: "{}",
        Timestamp: "2026-11-22T10:00:00.000Z",
        SignatureVersion: "2",
        Signature: "bm8gc2lnbmF0dXJl",
        SigningCertURL: "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem",
      },
    },
    answer: "HookTaken",
    errors: [
      "access.forbidden",
      "input.too_large",
      "alerting.off",
      "alerts.overloaded",
      "alerts.unavailable",
      "store.unavailable",
    ],
  },
  {
    method: "post",
    path: "/hooks/alerts/:source",
    id: "signedHook",
    tag: "hooks",
    summary: "Events of Kafka, Flink or any other source, signed with the shared secret",
    body: {
      schema: v.looseObject({ event: v.optional(text) }),
      example: { event: "CheckpointFailed", severity: "critical", labels: { service: "orders" } },
    },
    answer: "HookTaken",
    errors: ["access.forbidden", "input.too_large", "alerting.off", "alerts.overloaded", "store.unavailable"],
  },
];
