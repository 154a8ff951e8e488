import { matcher } from "../../kernel/patterns.ts";
import { formatDuration, iso, type Millis } from "../../kernel/time.ts";
import type { Floor, FloorFacts, FloorRules, FloorTerm, GroupFacts } from "./types.ts";

/**
 * Whether what a group may still read counts. A group that is there counts until it is known not to have lived for `liveFor`: one that history is too
 * short for counts too. A group that is gone has no position, and so nothing that it could need.
 */
export function counts(group: GroupFacts, facts: FloorFacts, { liveFor }: FloorRules, now: Millis): boolean {
  if (group.members) return true;
  if (facts.knownFrom === undefined || facts.knownFrom > now - liveFor) return true;
  return group.liveAt !== undefined && group.liveAt > now - liveFor;
}

function lagTerm(groups: readonly GroupFacts[], safety: number): FloorTerm & { readonly needMs: number } {
  let found: { readonly group: string; readonly ms: number; readonly at?: Millis } | undefined;
  for (const { group, lagMs = 0, worstMs = 0, worstAt } of groups) {
    const ms = Math.max(lagMs, worstMs);
    if (found !== undefined && ms <= found.ms) continue;
    found = { group, ms, ...(worstMs > lagMs && worstAt !== undefined ? { at: worstAt } : {}) };
  }
  if (found === undefined) return { rule: "lag", ms: 0, needMs: 0, text: "no group reads it" };
  const when = found.at === undefined ? "now" : `at ${iso(found.at)}`;
  return {
    rule: "lag",
    ms: found.ms * safety,
    needMs: found.ms,
    text: `the largest time lag of a live group is ${formatDuration(found.ms)} (${found.group}, ${when}); times ${safety} that is ${formatDuration(found.ms * safety)}`,
  };
}

function backupTerm(facts: FloorFacts): FloorTerm | undefined {
  const all = facts.backups.map(({ plan, everyMs, runMs, deadlineMs }) => ({
    ms: everyMs + (runMs ?? deadlineMs),
    text: `backup plan ${plan} takes it each ${formatDuration(everyMs)} and ${
      runMs === undefined
        ? `may take ${formatDuration(deadlineMs)} (no run was measured)`
        : `took ${formatDuration(runMs)}`
    }`,
  }));
  const [longest] = all.sort((a, b) => b.ms - a.ms);
  return longest && { rule: "backup", ...longest };
}

function complianceTerm({ topic }: FloorFacts, compliance: FloorRules["compliance"]): FloorTerm | undefined {
  const [longest] = Object.entries(compliance)
    .filter(([pattern]) => matcher([pattern])(topic))
    .sort(([, a], [, b]) => b - a);
  if (!longest) return undefined;
  const [pattern, ms] = longest;
  return { rule: "compliance", ms, text: `compliance asks for ${formatDuration(ms)} (pattern ${pattern})` };
}

/**
 * The safe floor: max(largest time lag of a live group × safety, longest replay, backup interval + duration, compliance, minimum). Unknown as soon
 * as one lag that counts is: absent is not zero.
 */
export function floorOf(facts: FloorFacts, rules: FloorRules, now: Millis): Floor {
  const [stranger] = facts.strangers;
  if (stranger !== undefined)
    return {
      status: "unknown",
      reason: "group_without_positions",
      text: `group ${stranger} has members and no committed position anywhere: which topics it reads, and how far, cannot be told`,
    };
  const live = facts.groups.filter((group) => counts(group, facts, rules, now));
  const blind = live.find(({ lagMs }) => lagMs === undefined);
  if (blind) {
    const why = blind.why ?? "nobody could read it";
    return {
      status: "unknown",
      reason: why.startsWith("behind") ? "group_behind" : "lag_unknown",
      text: `the time lag of group ${blind.group} is unknown: ${why}`,
    };
  }
  const { needMs: lagMs, ...lag } = lagTerm(live, rules.safety);
  const { replay, topic } = facts;
  const backup = backupTerm(facts);
  const compliance = complianceTerm(facts, rules.compliance);
  const terms: readonly FloorTerm[] = [
    lag,
    ...(replay
      ? [
          {
            rule: "replay" as const,
            ms: replay.ms,
            text: `group ${replay.group} went back ${formatDuration(replay.ms)} at ${iso(replay.at)}, the longest replay seen`,
          },
        ]
      : []),
    ...(backup ? [backup] : []),
    ...(compliance ? [compliance] : []),
    {
      rule: "minimum",
      ms: rules.minimum,
      text: `never below ${formatDuration(rules.minimum)}, whatever is seen of ${topic}`,
    },
  ];
  const ms = Math.max(...terms.map((term) => term.ms));
  return { status: "known", ms, terms, needMs: Math.max(lagMs, replay?.ms ?? 0) };
}

/** The term that decides. */
export const decisive = ({ terms }: Extract<Floor, { status: "known" }>): FloorTerm =>
  terms.reduce((most, term) => (term.ms > most.ms ? term : most));
