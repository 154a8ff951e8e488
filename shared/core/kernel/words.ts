import { explainRecord } from "./explain.ts";
import type { DecisionRecord } from "./record.ts";

/** How decisions are told to people: in one sentence, and as the whole chain. */
export interface Words {
  readonly sentence: (record: DecisionRecord) => string;
  readonly explain: (record: DecisionRecord) => readonly string[];
}

/** Any kind: what it is about, what became of it, and the clause that says why. */
const plain: Words = {
  sentence: ({ subject, reason, trace }) => {
    const name = subject.slice(subject.indexOf(":") + 1);
    const text = (trace.findLast(({ kind }) => kind === "vetoed" || kind === "chosen") ?? trace.at(-1))?.text;
    const said = reason.replace("held_", "held, ").replaceAll("_", " ");
    return text === undefined ? `${name}: ${said}` : `${name}: ${said}: ${text}`;
  },
  explain: (record) =>
    explainRecord(record, plain.sentence(record), { did: ({ type }) => `did: ${type.replaceAll("_", " ")}` }),
};

/** Words of a noun with several kinds of aggregates, each by what its subject begins with ("run:hourly" is a run). Total: any record has a sentence. */
export function wordsByKind(kinds: Readonly<Record<string, Words>>): Words {
  const of = ({ subject }: DecisionRecord): Words => {
    const kind = subject.slice(0, subject.indexOf(":"));
    return (Object.hasOwn(kinds, kind) ? kinds[kind] : undefined) ?? plain;
  };
  return { sentence: (record) => of(record).sentence(record), explain: (record) => of(record).explain(record) };
}
