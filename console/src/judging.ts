import type { AnomalyView } from "../../functions/api/views-anomaly.ts";
import { told } from "./format.ts";

export type Verdict = "fine" | "bad";

export const VERDICTS: Readonly<Record<Verdict, { readonly button: string; readonly title: string }>> = {
  fine: { button: "This was fine", title: "Say that this was fine" },
  bad: { button: "This was bad", title: "Say that this was bad" },
};

/** What exactly will happen, in sentences, before anything is sent. */
export function judgementText(verdict: Verdict, anomaly: AnomalyView): readonly string[] {
  const { service, signal, until } = anomaly;
  const about = `It is about this: ${told(anomaly.sentence)}.`;
  const kept = "Your word is kept with its reason, as a decision record. Nothing else learnt is forgotten.";
  if (verdict === "bad")
    return [about, `The detector of ${signal} of ${service} learns that such a thing is to be told of.`, kept];
  return [
    about,
    `The detector of ${signal} of ${service} learns that such a thing is usual, and speaks less of it.`,
    ...(until === undefined ? ["The anomaly ends now, and so does its alert."] : []),
    kept,
  ];
}
