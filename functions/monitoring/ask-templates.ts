import { floatText } from "../../shared/core/kernel/float.ts";
import { queriesOfTemplates } from "../../shared/core/monitoring/rule-machine.ts";
import type { PromRuleConfig, Queried, TextSample } from "../../shared/core/monitoring/rule-types.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import type { Answers } from "./ask.ts";

/** Of one rule at one evaluation; what is beyond stays without an answer. */
const MOST_QUERIES = 20;
/** Templates show one value or a few lines. */
const MOST_SAMPLES = 50;
/** A query may be made of what another one gave. */
const ROUNDS = 3;
const ASKS = /\bquery\b/;

/**
 * Answers to the queries of a rule's templates (`{{ query "up" }}`), asked at the newest instant; undefined for the rules that have
 * none, which are almost all. One that cannot be answered has an empty answer, which most templates tell as an error.
 */
export async function askTemplates(
  queries: Queries,
  config: PromRuleConfig,
  { asked }: Extract<Answers, { ok: true }>,
): Promise<Queried | undefined> {
  const { labels, annotations } = config.rule;
  const newest = asked.at(-1);
  if (!newest || ![...Object.values(labels), ...Object.values(annotations)].some((text) => ASKS.test(text)))
    return undefined;
  const seen = asked.findLast(({ samples }) => samples.length > 0) ?? newest;
  const vector = seen.samples.map(({ labels: series, value }) => ({ labels: series, value: floatText(value) }));
  const known: Record<string, readonly TextSample[]> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = MOST_QUERIES - Object.keys(known).length;
    const wanted = queriesOfTemplates(config, vector, seen.at, known).slice(0, left);
    if (wanted.length === 0) break;
    await Promise.all(
      wanted.map(async (expr) => {
        const answer = await queries.instant(expr, newest.at).catch(() => undefined);
        const samples = answer?.samples.slice(0, MOST_SAMPLES) ?? [];
        known[expr] = samples.map(({ labels: series, value }) => ({ labels: series, value: floatText(value) }));
      }),
    );
  }
  return known;
}
