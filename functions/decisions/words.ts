import * as alerting from "../../shared/core/alerting/explain.ts";
import * as oncall from "../../shared/core/alerting/oncall/explain.ts";
import * as anomaly from "../../shared/core/anomaly/explain.ts";
import * as autoscaling from "../../shared/core/autoscaling/explain.ts";
import { explainJob, isJob, jobSentence } from "../../shared/core/autoscaling/flink/explain.ts";
import { explainTuning, isTuningRecord, tuningSentence } from "../../shared/core/autoscaling/tune/words.ts";
import * as backup from "../../shared/core/backup/explain.ts";
import * as cost from "../../shared/core/cost/explain.ts";
import * as delivery from "../../shared/core/delivery/explain.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { Words } from "../../shared/core/kernel/words.ts";
import * as monitoring from "../../shared/core/monitoring/explain.ts";
import * as traffic from "../../shared/core/traffic/explain.ts";

const job: Words = { sentence: jobSentence, explain: explainJob };
const tuning: Words = { sentence: tuningSentence, explain: explainTuning };
/** What `auto` stands for is told apart by its subject, jobs on Flink from other services by their states. */
const kindOf = (record: DecisionRecord): Words => (isTuningRecord(record) ? tuning : isJob(record) ? job : autoscaling);
const scaling: Words = {
  sentence: (record) => kindOf(record).sentence(record),
  explain: (record) => kindOf(record).explain(record),
};

/** One entry per noun, beside its machine in functions/machines.ts. */
const WORDS: Readonly<Record<string, Words>> = {
  alerting,
  anomaly,
  autoscaling: scaling,
  backup,
  cost,
  delivery,
  monitoring,
  oncall,
  traffic,
};

const wordsOf = (record: DecisionRecord): Words | undefined =>
  Object.hasOwn(WORDS, record.noun) ? WORDS[record.noun] : undefined;

/** How a decision reads. A record of a noun this build does not know is told by its reason. */
export function sentenceOf(record: DecisionRecord): string {
  return wordsOf(record)?.sentence(record) ?? `${record.subject}: ${record.reason.replaceAll("_", " ")}`;
}

/** The why, line by line. A record of a noun this build does not know still has its clauses. */
export function explainOf(record: DecisionRecord): readonly string[] {
  return wordsOf(record)?.explain(record) ?? [sentenceOf(record), ...record.trace.map((clause) => clause.text)];
}
