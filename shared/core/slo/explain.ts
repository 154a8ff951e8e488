import { explainRecord } from "../kernel/explain.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import type { Action } from "../kernel/step.ts";

const SAID: Readonly<Record<string, string>> = {
  nothing_new: "nothing new",
  held_unreadable: "held, the look cannot be read",
  held_too_late: "held, the look is older than the last one",
  held_no_data: "held, nothing is known of the newest minutes",
  told_again: "what is on was told again",
  dry_run_over: "the dry run is over, what is on was told",
  valid_again: "figures are valid again",
  data_again: "there is data again",
  refilled: "the budget has room again",
  burns_slower: "the budget burns slower",
  stopped_burning: "the budget has stopped burning",
  removed: "it left the configuration",
  invalid: "figures cannot be",
  no_data: "there is no data",
  exhausted: "the budget is spent",
  burns_faster: "the budget burns faster",
  started_burning: "the budget has started burning",
};

/** The record in one sentence: what became of the objective, and the figures that say so. Total: any record has one. */
export function sentence({ subject, reason, trace }: DecisionRecord): string {
  const said = SAID[reason] ?? reason.replaceAll("_", " ");
  const fires = trace.find(({ rule, values }) => rule === "burn-rate" && values["fires"] === true);
  const isOf = (rules: readonly string[]) => trace.find(({ rule }) => rules.includes(rule));
  const why = ["started_burning", "burns_faster", "burns_slower"].includes(reason)
    ? fires
    : reason === "no_data"
      ? isOf(["data", "budget"])
      : isOf(["invalid", "budget"]);
  const dry = trace.some(({ rule }) => rule === "dry-run") ? " (dry run, no alert went out)" : "";
  return `${subject}: ${said}${why === undefined ? "" : `: ${why.text}`}${dry}`;
}

/** The whole chain for a person. */
export const explain = (record: DecisionRecord): readonly string[] => explainRecord(record, sentence(record), { did });

function did(action: Action & { readonly alert?: { readonly labels?: Readonly<Record<string, string>> } }): string {
  const labels = action.alert?.labels ?? {};
  const state = action.key.includes(":resolved:") ? "as resolved" : "as firing";
  return `did: send ${labels["alertname"] ?? "the alert"} (${labels["severity"] ?? "unknown"}) ${state} (key ${action.key})`;
}
