import type { Notes, Path } from "../../kernel/fields.ts";
import { goQuoted } from "../../kernel/go-quote.ts";
import type { InhibitRuleSpec, RouteSpec } from "../types.ts";
import { fault, type Kind } from "./kind.ts";
import { isName } from "./label-names.ts";
import { matchExpressions, matcherList, matchersOf, matchTexts } from "./matcher-kinds.ts";
import { bool, duration, string } from "./scalars.ts";
import { kept, list, mapOf, optional, pointer, type StructOf, struct } from "./structures.ts";

const routeFields = {
  receiver: optional(string),
  group_by: optional(list(string)),
  match: optional(matchTexts),
  match_re: optional(matchExpressions),
  matchers: optional(matcherList),
  mute_time_intervals: optional(list(string)),
  active_time_intervals: optional(list(string)),
  continue: kept(bool),
  routes: optional(children()),
  group_wait: optional(pointer(duration)),
  group_interval: optional(pointer(duration)),
  repeat_interval: optional(pointer(duration)),
  labels: optional(mapOf(string)),
};

type Own = Omit<StructOf<Omit<typeof routeFields, "routes">>, never>;

/** A route as the file has it. */
export interface RouteStruct extends Own {
  readonly routes: readonly (RouteStruct | null)[] | null;
}

/** The list of a route's children; made late, because a route is part of itself. */
function children(): Kind<readonly (RouteStruct | null)[] | null> {
  const late = (): Kind<readonly (RouteStruct | null)[] | null> => list(pointer(routeKind));
  return {
    zero: null,
    decode: (value, path, notes, before) => late().decode(value, path, notes, before),
    empty: (value) => value === null || value.length === 0,
    show: (value) => late().show(value),
    plain: () => undefined,
    hide: (plain) => plain,
  };
}

function routeFault(route: RouteStruct): { readonly message: string; readonly key: string } | undefined {
  const listed = route.group_by ?? [];
  const bad = Object.keys(route.labels ?? {}).find((name) => !isName(name));
  if (bad !== undefined) return { key: "labels", message: `invalid label name ${goQuoted(bad)} in route labels` };
  const names = listed.filter((name) => name !== "...");
  const wrong = names.find((name) => !isName(name));
  if (wrong !== undefined)
    return { key: "group_by", message: `invalid label name ${goQuoted(wrong)} in group_by list` };
  if (names.length > 0 && names.length < listed.length)
    return {
      key: "group_by",
      message: "cannot have wildcard group_by (`...`) and other labels at the same time",
    };
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return { key: "group_by", message: `duplicated label ${goQuoted(twice)} in group_by` };
  if (route.group_interval === 0) return { key: "group_interval", message: "group_interval cannot be zero" };
  if (route.repeat_interval === 0) return { key: "repeat_interval", message: "repeat_interval cannot be zero" };
  return undefined;
}

/** One node of the routing tree. Source: config/config.go Route. */
export const routeKind: Kind<RouteStruct> = struct(routeFields, { check: routeFault });

/** Deeper trees are refused: no honest one comes near, and a stack has an end. */
const DEEPEST = 200;

/** Names that nodes refer to, receivers and intervals, and what only the root must not have. */
export function checkTree(
  root: RouteStruct,
  names: { readonly receivers: ReadonlySet<string>; readonly intervals: ReadonlySet<string> },
  notes: Notes,
): void {
  const visit = (route: RouteStruct, path: Path, depth: number): void => {
    if (depth > DEEPEST) {
      fault(notes, path, `routes nested more than ${DEEPEST} deep`);
      return;
    }
    if (route.receiver !== "" && !names.receivers.has(route.receiver))
      fault(notes, [...path, "receiver"], `undefined receiver ${goQuoted(route.receiver)} used in route`);
    for (const key of ["active_time_intervals", "mute_time_intervals"] as const)
      for (const [index, name] of (route[key] ?? []).entries())
        if (!names.intervals.has(name))
          fault(notes, [...path, key, index], `undefined time interval ${goQuoted(name)} used in route`);
    for (const [index, child] of (route.routes ?? []).entries()) {
      const at = [...path, "routes", index];
      if (child) visit(child, at, depth + 1);
      else fault(notes, at, "empty route", { allowed: "a map" });
    }
  };
  visit(root, ["route"], 0);
}

/** What is wrong with the root beside what its nodes have. */
export function rootFault(root: RouteStruct): { readonly message: string; readonly key?: string } | undefined {
  if (root.receiver === "") return { message: "root route must specify a default receiver" };
  for (const key of ["match", "match_re", "matchers"] as const)
    if (Object.keys(root[key] ?? {}).length > 0) return { key, message: "root route must not have any matchers" };
  if ((root.mute_time_intervals ?? []).length > 0)
    return { key: "mute_time_intervals", message: "root route must not have any mute time intervals" };
  if ((root.active_time_intervals ?? []).length > 0)
    return { key: "active_time_intervals", message: "root route must not have any active time intervals" };
  if (root.continue) return { key: "continue", message: "cannot have continue in root route" };
  return undefined;
}

/** A route as decisions use it. */
export function routeSpec(route: RouteStruct): RouteSpec {
  const all = route.group_by?.includes("...") ?? false;
  return {
    ...(route.receiver === "" ? {} : { receiver: route.receiver }),
    ...(route.group_by === null || all ? {} : { groupBy: route.group_by }),
    ...(all ? { groupByAll: true } : {}),
    ...(route.group_wait === null ? {} : { groupWaitMs: route.group_wait }),
    ...(route.group_interval === null ? {} : { groupIntervalMs: route.group_interval }),
    ...(route.repeat_interval === null ? {} : { repeatIntervalMs: route.repeat_interval }),
    matchers: matchersOf(route.match, route.match_re, route.matchers),
    continue: route.continue,
    muteTimeIntervals: route.mute_time_intervals ?? [],
    activeTimeIntervals: route.active_time_intervals ?? [],
    labels: route.labels ?? {},
    routes: (route.routes ?? []).flatMap((child) => (child ? [routeSpec(child)] : [])),
  };
}

const inhibitFields = {
  name: optional(string),
  source_match: optional(matchTexts),
  source_match_re: optional(matchExpressions),
  source_matchers: optional(matcherList),
  target_match: optional(matchTexts),
  target_match_re: optional(matchExpressions),
  target_matchers: optional(matcherList),
  equal: optional(list(string)),
};

/** `inhibit_rules`. An empty entry is a rule without conditions, as upstream has it. Source: config/common/inhibitrule.go. */
export const inhibitRules = list(
  struct(inhibitFields, {
    check: ({ equal }) => {
      const wrong = (equal ?? []).find((name) => !isName(name));
      return wrong === undefined
        ? undefined
        : { key: "equal", message: `invalid label name ${goQuoted(wrong)} in equal list` };
    },
  }),
);

export function inhibitSpec(rule: StructOf<typeof inhibitFields>): InhibitRuleSpec {
  return {
    ...(rule.name === "" ? {} : { name: rule.name }),
    source: matchersOf(rule.source_match, rule.source_match_re, rule.source_matchers),
    target: matchersOf(rule.target_match, rule.target_match_re, rule.target_matchers),
    equal: rule.equal ?? [],
  };
}
