import type { Proof } from "./types.ts";

const money = (value: number): string => value.toFixed(2);
const days = (count: number): string => `${count} closed ${count === 1 ? "day" : "days"}`;

/** What a proof says, in a sentence. */
export function proofText(proof: Proof, promised: number | undefined, currency: string): string {
  const { verdict, realised, before, after, needed, by } = proof;
  if (verdict === "too_early") return `too early: ${days(after)} since, ${needed} more are needed`;
  if (verdict === "no_baseline") return `cannot be told: ${days(before)} to compare with, ${needed} more are needed`;
  if (!realised) return `cannot be told: ${days(after)} with it, ${days(before)} without`;
  const normal = [by.load ? "load" : "", by.weekdays ? "weekday" : "", by.trend ? "trend" : ""].filter(
    (one) => one !== "",
  );
  const how = `${days(after)} against ${before}${normal.length === 0 ? "" : `, normalised by ${normal.join(", ")}`}`;
  const range = `${money(realised.low)} to ${money(realised.high)}`;
  if (verdict === "no_signal")
    return `cannot be told: between ${range} ${currency} a month, such days differ by as much anyway (${how})`;
  const against = promised === undefined ? "" : ` of ${money(promised)} promised`;
  const said = {
    met: "as promised",
    exceeded: "more than promised",
    short: "less than promised",
    none: realised.high < 0 ? "it became dearer" : "no saving",
    saved: "it saves",
  }[verdict];
  return `${said}: ${money(realised.perMonth)} ${currency} a month${against} (${range}; ${how})`;
}
