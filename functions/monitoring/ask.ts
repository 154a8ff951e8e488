import { floatText } from "../../shared/core/kernel/float.ts";
import { type Labels, labelsKey } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Evaluation, Outcome, TextSample } from "../../shared/core/monitoring/rule-types.ts";
import type { Queries, VectorSample } from "../../shared/core/ports/queries.ts";

/** What a rule gave at one instant, as it is and as a record holds it. */
export interface Asked {
  readonly at: Millis;
  readonly samples: readonly VectorSample[];
  readonly partial?: string;
}

export type Answers =
  | { readonly ok: true; readonly asked: readonly Asked[]; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly at: Millis; readonly error: string };

export interface Question {
  readonly expr: string;
  /** Ascending; all but the last one step apart. */
  readonly instants: readonly Millis[];
  readonly stepMs: number;
  /** Answers are of so much earlier than the instants they are for (`query_offset`). */
  readonly offsetMs: number;
  /** How far back the expression looks. */
  readonly reachMs: number;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Asks for the vector of an expression at each instant: by one instant query, or one range query where instants were missed. Never
 * throws: an answer that did not come is one.
 */
export async function ask(queries: Queries, question: Question): Promise<Answers> {
  const { expr, instants, stepMs, offsetMs, reachMs } = question;
  const last = instants.at(-1);
  if (last === undefined) return { ok: true, asked: [], warnings: [] };
  const knownFrom = queries.knownFrom?.();
  const partial = (at: Millis) =>
    knownFrom !== undefined && at - offsetMs - reachMs < knownFrom
      ? { partial: `samples are kept only since shortly before, and ${expr.slice(0, 200)} looks further back` }
      : {};
  try {
    const missed = instants.slice(0, -1);
    const warnings: string[] = [];
    const asked: Asked[] = [];
    const [first] = missed;
    if (first !== undefined) {
      const end = missed.at(-1) ?? first;
      const range = await queries.range(expr, first - offsetMs, end - offsetMs, stepMs);
      const at = new Map<Millis, VectorSample[]>(missed.map((instant) => [instant, []]));
      for (const { labels, points } of range.series) {
        for (const point of points) at.get(point.at + offsetMs)?.push({ labels, value: point.value });
      }
      for (const [instant, samples] of at) asked.push({ at: instant, samples, ...partial(instant) });
      warnings.push(...range.warnings);
    }
    const newest = await queries.instant(expr, last - offsetMs);
    asked.push({ at: last, samples: newest.samples, ...partial(last) });
    return { ok: true, asked, warnings: [...warnings, ...newest.warnings] };
  } catch (error) {
    return { ok: false, at: last, error: messageOf(error) };
  }
}

/** Bytes of samples that one record may have as its input, see rule-room.ts. */
const INPUT_BYTES = 56_000;

const sizeOf = (labels: Labels): number => Buffer.byteLength(JSON.stringify(labels)) + 50;

/**
 * The evaluations of a rule in portions that fit into a record each, with one run for each. A single vector that does not fit is
 * cut, in an order of its own, and says how much is missing.
 */
export function portions(answers: Answers): readonly (readonly Evaluation[])[] {
  if (!answers.ok) return [[{ at: answers.at, outcome: { ok: false, error: answers.error.slice(0, 1_000) } }]];
  const made: Evaluation[][] = [];
  let portion: Evaluation[] = [];
  let bytes = 0;
  for (const { at, samples, partial } of answers.asked) {
    const { outcome, size } = outcomeOf(samples, partial);
    if (portion.length > 0 && bytes + size > INPUT_BYTES) {
      made.push(portion);
      portion = [];
      bytes = 0;
    }
    portion.push({ at, outcome });
    bytes += size;
  }
  return portion.length > 0 ? [...made, portion] : made;
}

function outcomeOf(
  samples: readonly VectorSample[],
  partial: string | undefined,
): { readonly outcome: Outcome; readonly size: number } {
  const sizes = samples.map(({ labels }) => sizeOf(labels));
  const total = sizes.reduce((sum, size) => sum + size, 60);
  const why = partial === undefined ? {} : { partial };
  const text = ({ labels, value }: VectorSample): TextSample => ({ labels, value: floatText(value) });
  if (total <= INPUT_BYTES) return { outcome: { ok: true, samples: samples.map(text), ...why }, size: total };
  const sorted = samples.map((sample) => ({ sample, key: labelsKey(sample.labels) }));
  sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const kept: TextSample[] = [];
  let bytes = 60;
  for (const { sample } of sorted) {
    bytes += sizeOf(sample.labels);
    if (bytes > INPUT_BYTES) break;
    kept.push(text(sample));
  }
  return { outcome: { ok: true, samples: kept, more: samples.length - kept.length, ...why }, size: INPUT_BYTES };
}
