import { explainRecord } from "../kernel/explain.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import * as circuit from "./breaker/words.ts";

/** What is decided about, by the beginning of the subject; the rest is the name. */
const KINDS: Readonly<Record<string, string>> = {
  "check:": "",
  "ejection:": "",
  "weights:": "",
  "versions:": "",
  "backends:": "",
};

/** What became of it; it follows the name. The first clause follows where it says why. */
const SAID: Readonly<Record<string, string>> = {
  ejected: "is passed over, its checks fail",
  returned: "takes requests again, its checks pass",
  held_streak: "stays as it is",
  passively_ejected: "is ejected",
  passively_returned: "is back",
  held_not_enforced: "would have been ejected",
  held_ejected_share: "stays, too many are ejected already",
  weights_set: "has the weights of its target groups set",
  weights_verified: "serves the weights that were set",
  weights_in_force: "serves the wanted weights",
  drained_by_hand: "has backends on their way out",
  used_again_by_hand: "has backends back",
  removed_by_hand: "has fewer backends",
  versions_set: "has new shares of its versions",
  versions_verified: "serves its versions as wanted",
  versions_released: "is back to the shares of its configuration",
  held_nothing_wanted: "keeps its weights, as nothing else is wanted",
  held_in_force: "keeps its shares, they are so already",
  held_no_requests: "is not verified yet, nobody has asked it since",
  held_other_shares: "is not served as wanted",
  held_no_group: "keeps its weights, as a version has no target group",
  held_no_share: "keeps its shares",
  held_unreadable: "keeps its weights, as they cannot be read",
  held_other_hand: "keeps its weights, as another hand has set them",
  held_refused: "keeps its weights, as setting them was refused",
};

function named(record: DecisionRecord): string {
  const kind = Object.keys(KINDS).find((one) => record.subject.startsWith(one));
  return kind === undefined ? record.subject : record.subject.slice(kind.length);
}

/** The record in one sentence. Total: any record of this noun has one. */
export function sentence(record: DecisionRecord): string {
  if (circuit.isCircuit(record)) return circuit.sentence(record);
  const name = named(record);
  const said = SAID[record.reason] ?? record.reason.replace("held_", "held, ").replaceAll("_", " ");
  // Weights are read before they are decided on: the last clause says what came of it.
  const why = (record.subject.startsWith("weights:") ? record.trace.at(-1) : record.trace[0])?.text;
  // A clause that begins with the backend's own name would say it twice.
  const backend = name.slice(name.indexOf("/") + 1);
  const rest = why?.startsWith(`${backend}: `) ? why.slice(backend.length + 2) : why;
  return `${name} ${said}${rest === undefined ? "" : `: ${rest}`}`;
}

/** The whole chain for a person: sentence, trigger, each clause, action, outcome. */
export function explain(record: DecisionRecord): readonly string[] {
  return circuit.isCircuit(record) ? circuit.explain(record) : explainRecord(record, sentence(record));
}
