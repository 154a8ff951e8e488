import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";

const SAID: Readonly<Record<string, string>> = {
  alerted: "a threshold is reached",
  forecast_alerted: "is expected to be exceeded",
  eased: "is no longer reached",
  within: "nothing new",
  held_no_data: "held, there is no data, which is not 0",
  data_again: "there is data again",
  removed: "left the configuration",
};

/** A budget's record in one sentence. */
export function sentenceBudget({ subject, reason, trace }: DecisionRecord): string {
  const name = subject.slice(subject.indexOf(":") + 1);
  const said = (Object.hasOwn(SAID, reason) ? SAID[reason] : undefined) ?? reason.replaceAll("_", " ");
  const detail = trace.find(({ rule }) => rule === "spent" || rule === "no-data")?.text;
  return `budget ${name}: ${said}${detail === undefined ? "" : `: ${detail}`}`;
}

/** The whole chain for a person. */
export const explainBudget = (record: DecisionRecord): readonly string[] =>
  explainRecord(record, sentenceBudget(record), {
    did: (action) => {
      const { alerts } = action as unknown as {
        readonly alerts?: readonly { readonly annotations?: { readonly summary?: string } }[];
      };
      return (alerts ?? []).map(({ annotations }) => `told: ${annotations?.summary ?? "it is over"}`);
    },
  });
