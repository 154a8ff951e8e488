import type { Clause } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import type { PageInput, PageLevel, PagingConfig, PagingState } from "./paging-types.ts";

const stepsOf = ({ afterMs, repeat }: PagingConfig): number => afterMs.length * (repeat + 1);

/** A name of a receiver that is an escalation's. */
const PREFIX = "oncall:";

/** The escalation that a receiver of alertmanager.yml stands for; undefined: it stands for itself. */
export const escalationIn = (receiver: string): string | undefined =>
  receiver.startsWith(PREFIX) ? receiver.slice(PREFIX.length) : undefined;

export const receiverOf = (escalation: string): string => `${PREFIX}${escalation}`;

/** When the next step is due; undefined: the last one was told. */
export function nextPageAt(config: PagingConfig, { step, at }: Pick<PagingState, "step" | "at">): Millis | undefined {
  const next = step + 1;
  if (next >= stepsOf(config)) return undefined;
  const level = next % config.afterMs.length;
  return at + (level === 0 ? config.againMs : (config.afterMs[level] as number));
}

const canBeTold = ({ receivers }: PageLevel): boolean =>
  receivers.some(({ integrations }) => integrations.some(({ sendable }) => sendable));

/** What follows for the people of a group. */
export interface PagePlan {
  /** The level whose turn it is, from 0; absent: none is due, or nobody can be told. */
  readonly level?: number;
  /** Levels that were reached before and hear of news. */
  readonly reached: readonly number[];
  /** How far it has come after this flush. */
  readonly paging?: PagingState;
  /** Levels whose turn it was and that lead to nobody. */
  readonly skipped: readonly number[];
}

const levelsTo = (step: number, count: number): readonly number[] =>
  Array.from({ length: Math.min(step + 1, count) }, (_, level) => level);

/**
 * The next step of a paging that nobody has acknowledged. A level that leads to nobody is passed over at once; where all of the rest do, it stays where it
 * is and is looked at again at each tick.
 *
 * @param paging absent: nobody was told yet, the first level is due
 */
export function planPage(
  config: PagingConfig,
  paging: PagingState | undefined,
  { levels }: PageInput,
  at: Millis,
): PagePlan {
  const count = levels.length;
  const reached = paging ? levelsTo(paging.step, count) : [];
  const stay: PagePlan = { reached, skipped: [], ...(paging ? { paging } : {}) };
  const due = paging ? nextPageAt(config, paging) : at;
  if (count === 0 || due === undefined || at < due) return stay;
  const skipped = new Set<number>();
  for (let step = paging ? paging.step + 1 : 0; step < stepsOf(config); step += 1) {
    const level = step % count;
    if (canBeTold(levels[level] as PageLevel))
      return {
        level,
        reached: reached.filter((one) => one !== level),
        paging: { escalation: config.escalation, step, at },
        skipped: [...skipped],
      };
    skipped.add(level);
  }
  return { ...stay, skipped: [...skipped] };
}

/** Why these people, or nobody: one clause for the level whose turn it is, one for each that was passed over. */
export function pageClauses(config: PagingConfig, { levels }: PageInput, plan: PagePlan): readonly Clause[] {
  const { escalation, afterMs } = config;
  const clauses = plan.skipped.map((level): Clause => {
    const why = levels[level]?.nobody.join("; ") || "nothing in it can be sent to";
    const text = `nobody at level ${level + 1} of ${escalation}: ${why}`;
    return { kind: "vetoed", rule: "nobody-on-call", text, values: { escalation, level: level + 1 } };
  });
  const { level, paging } = plan;
  if (level === undefined || !paging) return clauses;
  const who = (levels[level]?.receivers ?? []).map((one) => one.who).join(", ");
  const round = Math.floor(paging.step / afterMs.length) + 1;
  const next = nextPageAt(config, paging);
  const then =
    next === undefined
      ? "nobody comes after"
      : `the next one in ${formatDuration(next - paging.at)} unless somebody acknowledges`;
  const text = `level ${level + 1} of ${escalation}${round > 1 ? `, time ${round}` : ""}: ${who}; ${then}`;
  const values = { escalation, level: level + 1, round, ...(next === undefined ? {} : { next }) };
  return [...clauses, { kind: "chosen", rule: "on-call", text, values }];
}
