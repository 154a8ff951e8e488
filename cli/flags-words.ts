import type { FlagSummary } from "../functions/api/views-flags.ts";
import { ago, number } from "./format.ts";

/** "on 25 %, off 75 %", the larger first. */
export const sharesWords = (shares: Readonly<Record<string, number>>): string =>
  Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => `${name} ${Number.isInteger(share) ? share : Number(share.toFixed(3))} %`)
    .join(", ");

/** How a roll-out stands, in a few words. */
export function rolloutWords({ rollout }: FlagSummary, now: number): string | undefined {
  if (!rollout) return undefined;
  const { to, percent, status, step, steps, since, verdict } = rollout;
  const place = steps.length > 0 ? `, step ${step + 1} of ${steps.length}` : "";
  const judged = verdict ? `; ${verdict.verdict}: ${verdict.text}` : "";
  return `${to} ${number(percent)} %, ${status}${place}, since ${ago(since, now)}${judged}`;
}

/** Why it is as it is, where there is something to say. */
export const flagWhy = (flag: FlagSummary, now: number): string => flag.why ?? rolloutWords(flag, now) ?? "";
