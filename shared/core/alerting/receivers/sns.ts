import { mapOf, textOf } from "./read.ts";
import type { Making, Plan } from "./request.ts";
import { cutBytes } from "./truncate.ts";

/** Of one message: 256 KB, and 1,600 characters of a text message to a phone (upstream counts bytes). */
const LARGEST_MESSAGE = 262_144;
const LARGEST_SMS = 1_600;

/** Texts by name as a query of SNS has them: `MessageAttributes.entry.1.Name`. */
function attributesOf(attributes: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.keys(attributes)
    .sort()
    .flatMap((name, index) => {
      const entry = `MessageAttributes.entry.${index + 1}`;
      return [
        [`${entry}.Name`, name],
        [`${entry}.Value.DataType`, "String"],
        [`${entry}.Value.StringValue`, attributes[name] ?? ""],
      ] as const;
    });
}

/** Publishes to a topic, an endpoint or a phone. Topics that keep order get ids: the group's, and the notification's own. */
export function sns(making: Making): Plan {
  const { settings, text, groupHash, notification } = making;
  const part = (name: string) => text(textOf(settings, name));
  const topic = part("topic_arn");
  const phone = part("phone_number");
  const target = part("target_arn");
  const whole = part("message");
  const message = cutBytes(whole, textOf(settings, "phone_number") === "" ? LARGEST_MESSAGE : LARGEST_SMS);
  const given = mapOf(settings, "attributes");
  const attributes = {
    ...Object.fromEntries(Object.keys(given).map((name) => [text(name), text(textOf(given, name))])),
    ...(message.length < whole.length ? { truncated: "true" } : {}),
  };
  const subject = part("subject");
  const query: (readonly [string, string])[] = [
    ["Action", "Publish"],
    ["Version", "2010-03-31"],
    ...(topic === "" ? [] : [["TopicArn", topic] as const]),
    ...(topic.endsWith(".fifo")
      ? [["MessageGroupId", groupHash] as const, ["MessageDeduplicationId", notification.key] as const]
      : []),
    ...(phone === "" ? [] : [["PhoneNumber", phone] as const]),
    ...(target === "" ? [] : [["TargetArn", target] as const]),
    ["Message", message],
    ...(textOf(settings, "subject") === "" ? [] : [["Subject", subject] as const]),
    ...attributesOf(attributes),
  ];
  const region = textOf(mapOf(settings, "sigv4"), "region") || regionOf(topic || target);
  const endpoint = part("api_url");
  return {
    requests: [
      {
        kind: "aws",
        service: "sns",
        ...(region === "" ? {} : { region }),
        ...(endpoint === "" ? {} : { endpoint }),
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: query.map(([name, value]) => `${form(name)}=${form(value)}`).join("&"),
      },
    ],
  };
}

/** As a form writes values, and Amazon's query protocol. */
const form = (value: string): string =>
  encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `arn:aws:sns:eu-central-1:…` says where it is. */
const regionOf = (arn: string): string => arn.split(":")[3] ?? "";
