import type { Millis } from "../../kernel/time.ts";
import type { TemplateAlert, TemplateData, TemplateInstant } from "./types.ts";

const MINUTE = 60_000;

const numbered = (word: string, value: string, count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${word}${at + 1}`, `${value}${at + 1}`]));

/** Names and values of what is common to everything of one kind: `commonlabelkey1` is `commonlabelvalue1`. */
const common = (kind: string): Readonly<Record<string, string>> => numbered(`${kind}key`, `${kind}value`, 2);

/**
 * What a template is tried with when nobody gives data: two alerts, one firing and one resolved, with the names and values that amtool's
 * own sample has, so that both print the same.
 */
export function sampleData(now: Millis): TemplateData {
  const at = (minutesAgo: number): TemplateInstant => ({
    nanos: BigInt(now - minutesAgo * MINUTE) * 1_000_000n,
    zone: "UTC",
  });
  const alert = (
    index: number,
    status: string,
    labels: Readonly<Record<string, string>>,
    annotations: Readonly<Record<string, string>>,
  ): TemplateAlert => ({
    status,
    labels: { ...labels, ...common("commonlabel") },
    annotations: { ...annotations, ...common("commonannotation") },
    startsAt: at(index * 5),
    endsAt: at(0),
    generatorURL: "https://generatorurl.com",
    fingerprint: `fingerprint${index}`,
  });
  return {
    receiver: "receiver",
    status: "alertstatus",
    alerts: [
      alert(
        1,
        "firing",
        { ...numbered("label", "value", 2), instance: "foo.bar:1234" },
        numbered("annotation", "value", 2),
      ),
      alert(2, "resolved", { foo: "bar", baz: "qux" }, { aaa: "bbb", ccc: "ddd" }),
    ],
    notificationReason: "",
    groupLabels: common("grouplabel"),
    commonLabels: common("commonlabel"),
    commonAnnotations: common("commonannotation"),
    routeLabels: null,
    externalURL: "https://example.com",
    routeLabelsRendered: false,
    byValue: true,
  };
}
