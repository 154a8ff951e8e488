import { explainRecord } from "../kernel/explain.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import type { Action } from "../kernel/step.ts";
import { flagExplain, flagSentence, isFlag } from "./flags/words.ts";
import * as others from "./hooks/words.ts";

/** What is decided about, by the beginning of the subject; the rest is the name. */
const KINDS = ["rollout:", "flink:"];

/** What became of a rollout; it stands between the service and the clause that says why. */
const SAID: Readonly<Record<string, string>> = {
  version_ensured: "the new version is started",
  version_ready: "the new version is healthy",
  hook_asked: "a hook is asked",
  shares_set: "shares are being set",
  shares_verified: "shares are served as wanted",
  step_begun: "the next step begins",
  batch_begun: "the next batch begins",
  bake_begun: "the bake begins",
  judged: "judged",
  approval_asked: "a person has to approve",
  promotion_ordered: "promoted by hand",
  retiring: "the old version goes",
  deployed: "deployed",
  rollback_begun: "goes back",
  cleaning: "the new version goes",
  rolled_back: "rolled back",
  recommended: "would be rolled out",
};

/** Rule of the clause that has what somebody said, by what came of it. */
const WORDS: Readonly<Record<string, string>> = {
  paused: "pause",
  resumed: "resume",
  skipped: "skip",
  promotion_ordered: "promote",
  approved: "approve",
};

const kindOf = ({ subject }: DecisionRecord): string | undefined => KINDS.find((one) => subject.startsWith(one));

/** The clause that says why: of a judgement the gate's, of anything that was done the one that tells so, else the last one. */
function why({ trace, reason }: DecisionRecord): string | undefined {
  if (reason === "judged") {
    const gate = trace.findLast(({ rule }) => rule === "gate");
    if (gate) return gate.text;
  }
  if (reason === "rollback_begun") {
    const cause = trace.find(({ kind }) => kind === "vetoed");
    if (cause) return cause.text;
  }
  // What somebody said, with who and why: what follows of it has records of its own.
  const word = Object.hasOwn(WORDS, reason) ? WORDS[reason] : undefined;
  const said = trace.find(({ kind, rule }) => kind === "chosen" && rule === word);
  if (said) return said.text;
  if (reason === "started" || reason === "recommended") return trace[0]?.text;
  if (reason.startsWith("held_") || reason.startsWith("refused_")) return trace.at(-1)?.text;
  return (trace.findLast(({ kind }) => kind === "chosen") ?? trace.at(-1))?.text;
}

/** The record in one sentence. Total: any record of this noun has one. */
export function sentence(record: DecisionRecord): string {
  if (isFlag(record)) return flagSentence(record);
  if (others.isForOthers(record)) return others.sentence(record);
  const { subject, reason } = record;
  const name = subject.slice(kindOf(record)?.length ?? 0);
  const said = Object.hasOwn(SAID, reason) ? SAID[reason] : reason.replace("held_", "held, ").replaceAll("_", " ");
  const text = why(record);
  // A clause that begins with the service's own name would say it twice.
  const rest = text?.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
  // "judged" and "judged up to …" is said once.
  return `${name}: ${rest === undefined ? said : rest.startsWith(`${said} `) ? rest : `${said}: ${rest}`}`;
}

/** The whole chain for a person: sentence, trigger, each clause, actions, outcome. */
export function explain(record: DecisionRecord): readonly string[] {
  if (isFlag(record)) return flagExplain(record);
  if (others.isForOthers(record)) return others.explain(record);
  return explainRecord(record, sentence(record), { acts: true, did: (action) => `did: ${done(action)}` });
}

/** An action in words, without the release it carries. */
function done(action: Action): string {
  const told = action as Action & {
    version?: string;
    release?: { version: string };
    count?: number;
    event?: string;
    hook?: string;
    shares?: Record<string, number>;
  };
  const shares = told.shares && Object.entries(told.shares).map(([name, share]) => `${name} ${share} %`);
  const about = [told.version ?? told.release?.version, told.count, told.event, told.hook, shares?.join(", ")].filter(
    (one) => one !== undefined,
  );
  return [action.type.replaceAll("_", " "), ...about].join(" ");
}
