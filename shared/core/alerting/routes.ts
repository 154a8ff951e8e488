import { byBytes } from "../kernel/byte-order.ts";
import { type Labels, labelOf, setLabel } from "../kernel/labels.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import { labelSetText } from "./fingerprint.ts";
import { byMatcher, compileMatchers, matchersText } from "./matchers/match.ts";
import { alternativesOf } from "./matchers/simple.ts";
import type { GroupIdentity, Matcher, RouteSpec } from "./types.ts";

/** A node of the routing tree with everything it inherits. Source: dispatch/route.go. */
export interface CompiledRoute {
  /** Unique in the tree: the key with the position among its siblings at each level. */
  readonly id: string;
  /** Matchers from the root down: `{}/{severity="page"}`. Two nodes may share it. */
  readonly key: string;
  /** Number in the order upstream gives: children before their parent. */
  readonly index: number;
  readonly receiver: string;
  /** In order. */
  readonly groupBy: readonly string[];
  readonly groupByAll: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Of this node only: intervals are not inherited. */
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** Own and inherited; values may be templates. */
  readonly labels: Labels;
  readonly continue: boolean;
  readonly matchers: readonly Matcher[];
  readonly routes: readonly CompiledRoute[];
}

type Inherited = Pick<
  CompiledRoute,
  "receiver" | "groupBy" | "groupByAll" | "groupWaitMs" | "groupIntervalMs" | "repeatIntervalMs" | "labels"
>;

/** What the root has where the file says nothing. Source: dispatch.DefaultRouteOpts. */
const DEFAULTS: Inherited = {
  receiver: "",
  groupBy: [],
  groupByAll: false,
  groupWaitMs: 30 * SECOND_MS,
  groupIntervalMs: 5 * MINUTE_MS,
  repeatIntervalMs: 4 * HOUR_MS,
  labels: {},
};

interface Place {
  readonly parent: { readonly key: string; readonly id: string };
  readonly at: number;
}

/** The tree with what each node inherits from the ones above it. */
export function compileRoutes(route: RouteSpec): CompiledRoute {
  let index = 0;
  const compile = (spec: RouteSpec, above: Inherited, place?: Place): CompiledRoute => {
    // An explicit list, even an empty one, turns the `...` of above off; `...` alone only turns it on.
    const listed = spec.groupByAll === true ? undefined : spec.groupBy;
    const own: Inherited = {
      receiver: spec.receiver ?? above.receiver,
      groupBy: listed ? [...listed].sort(byBytes) : above.groupBy,
      groupByAll: listed ? false : above.groupByAll || spec.groupByAll === true,
      groupWaitMs: spec.groupWaitMs ?? above.groupWaitMs,
      groupIntervalMs: spec.groupIntervalMs ?? above.groupIntervalMs,
      repeatIntervalMs: spec.repeatIntervalMs ?? above.repeatIntervalMs,
      labels: { ...above.labels, ...spec.labels },
    };
    const matchers = [...spec.matchers].sort(byMatcher);
    const text = matchersText(matchers);
    const key: string = place ? `${place.parent.key}/${text}` : text;
    const id: string = place ? `${place.parent.id}/${text}/${place.at}` : text;
    const routes: readonly CompiledRoute[] = spec.routes.map((child, at) =>
      compile(child, own, { parent: { key, id }, at }),
    );
    const { muteTimeIntervals, activeTimeIntervals, continue: goOn } = spec;
    const number = index;
    index += 1;
    return { ...own, id, key, index: number, muteTimeIntervals, activeTimeIntervals, continue: goOn, matchers, routes };
  };
  return compile(route, DEFAULTS);
}

/** How the children of a node are found: by one label's value, or, where they ask for none, one by one. */
interface Children {
  readonly others: readonly number[];
  readonly byLabel: readonly (readonly [name: string, byValue: ReadonlyMap<string, readonly number[]>])[];
}

interface Looked {
  readonly holds: (labels: Labels) => boolean;
  readonly children: Children;
}

/** Made when a node is first looked at; the tree itself stays plain data. */
const looked = new WeakMap<CompiledRoute, Looked>();

/** The values one of which a label must have; undefined where they cannot be listed, or where it may be absent. */
function valuesOf({
  name,
  op,
  value,
}: Matcher): { readonly name: string; readonly values: ReadonlySet<string> } | undefined {
  const values = op === "=" ? [value] : op === "=~" ? alternativesOf(value) : undefined;
  return values && !values.includes("") ? { name, values: new Set(values) } : undefined;
}

function lookOf(route: CompiledRoute): Looked {
  const known = looked.get(route);
  if (known) return known;
  const others: number[] = [];
  const byLabel = new Map<string, Map<string, number[]>>();
  for (const [position, { matchers }] of route.routes.entries()) {
    const asked = matchers.map(valuesOf).find((one) => one !== undefined);
    if (!asked) {
      others.push(position);
      continue;
    }
    const byValue = byLabel.get(asked.name) ?? new Map<string, number[]>();
    byLabel.set(asked.name, byValue);
    for (const value of asked.values) {
      const positions = byValue.get(value);
      if (positions) positions.push(position);
      else byValue.set(value, [position]);
    }
  }
  const made: Looked = { holds: compileMatchers(route.matchers), children: { others, byLabel: [...byLabel] } };
  looked.set(route, made);
  return made;
}

/** Positions of the children that may match, in order. */
function candidates({ others, byLabel }: Children, labels: Labels): readonly number[] {
  let found: readonly number[] = others;
  let mixed = false;
  for (const [name, byValue] of byLabel) {
    const here = byValue.get(labelOf(labels, name));
    if (!here) continue;
    mixed = found.length > 0;
    found = mixed ? [...found, ...here] : here;
  }
  return mixed ? [...found].sort((a, b) => a - b) : found;
}

/**
 * The nodes an alert goes to: depth first, left to right; a node itself only where none of its children match; siblings after a match
 * only with `continue`. Empty where the root has matchers that do not hold.
 */
export function matchRoutes(root: CompiledRoute, labels: Labels): CompiledRoute[] {
  const all: CompiledRoute[] = [];
  visit(root, labels, all);
  return all;
}

function visit(route: CompiledRoute, labels: Labels, all: CompiledRoute[]): boolean {
  const { holds, children } = lookOf(route);
  if (!holds(labels)) return false;
  const before = all.length;
  if (route.routes.length > 0)
    for (const position of candidates(children, labels)) {
      const child = route.routes[position] as CompiledRoute;
      if (visit(child, labels, all) && !child.continue) break;
    }
  if (all.length === before) all.push(route);
  return true;
}

/** What an alert is grouped by in a route; a label it lacks is left out. */
export function groupLabelsOf(route: CompiledRoute, labels: Labels): Labels {
  if (route.groupByAll) return labels;
  const group: Record<string, string> = {};
  for (const name of route.groupBy) if (Object.hasOwn(labels, name)) setLabel(group, name, labels[name] as string);
  return group;
}

/** Identity of a group as receivers see and hash it: `{}/{severity="page"}:{alertname="Down"}`. */
export const groupKeyOf = (route: CompiledRoute, groupLabels: Labels): string =>
  `${route.key}:${labelSetText(groupLabels)}`;

/** The group an alert belongs to in a route. */
export function groupIdentityOf(route: CompiledRoute, labels: Labels): GroupIdentity {
  const group = groupLabelsOf(route, labels);
  return { groupKey: groupKeyOf(route, group), routeId: route.id, receiver: route.receiver, labels: group };
}
