import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import type { UnusualCost } from "./types.ts";

const money = (value: number): string => value.toFixed(2);

/** In a sentence: what it cost, what was expected, and what it comes from. */
export function unusualText(
  { of, from, to, actual, expected, percent, causes, impact }: UnusualCost,
  currency: string,
): string {
  const when = from === to ? from : `${from} to ${to}`;
  const share = percent === undefined ? "" : `, ${percent > 0 ? "+" : ""}${percent.toFixed(0)} %`;
  const [cause] = causes;
  const by = cause === undefined ? "" : `; mostly ${cause.usageType} (${money(cause.impact)})`;
  return `${of} cost ${money(actual)} ${currency} on ${when} where ${money(expected)} was expected (${impact > 0 ? "+" : ""}${money(impact)}${share})${by}`;
}

const SAID: Readonly<Record<string, string>> = {
  opened: "an unusual cost",
  ended: "usual again",
  normal: "nothing new",
  judged: "judged",
};

/** The record of a service's unusual costs in one sentence. */
export function sentenceUnusual({ subject, reason, trace }: DecisionRecord): string {
  const name = subject.slice(subject.indexOf(":") + 1);
  const said = (Object.hasOwn(SAID, reason) ? SAID[reason] : undefined) ?? reason.replaceAll("_", " ");
  const text = trace.find(({ kind }) => kind === "chosen" || kind === "changed")?.text;
  return `cost of ${name}: ${said}${text === undefined ? "" : `: ${text}`}`;
}

/** The whole chain for a person. */
export const explainUnusual = (record: DecisionRecord): readonly string[] =>
  explainRecord(record, sentenceUnusual(record), { did: () => "told alerting" });
