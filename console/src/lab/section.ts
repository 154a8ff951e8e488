import { type Members, members, numberOf } from "../values.ts";
import { type Field, kindOf, type PolicyKind, SECTION, type Value } from "./fields.ts";
import { spanSeconds, spanText } from "./written.ts";

/** What is tried: a kind of policy, or the service's own one, with what a person has moved. Only that stands in the address. */
export interface Tried {
  /** Undefined: the service's own policy. */
  readonly type: string | undefined;
  /** By key of the field; durations in seconds. An empty text leaves an optional setting out. */
  readonly set: Readonly<Record<string, Value>>;
}

export const NOTHING_TRIED: Tried = { type: undefined, set: {} };

/** Where no service says otherwise. */
export const LOOSE: Members = { min: 2, max: 100 };

const policiesOf = (section: Members): readonly Members[] => {
  const { policies } = section;
  return Array.isArray(policies) ? policies.map(members) : [];
};

/** Index of the policy of a section that the lab has sliders for; −1 where it has none. */
export const ownIndex = (section: Members): number =>
  policiesOf(section).findIndex((policy) => kindOf(policy["type"]) !== undefined);

/** The kind that is tried: as chosen, else the service's own, else the first of all. */
export function triedKind(tried: Tried, section: Members): PolicyKind {
  const own = kindOf(policiesOf(section)[ownIndex(section)]?.["type"]);
  return kindOf(tried.type) ?? own ?? (kindOf("predictive") as PolicyKind);
}

function at(value: unknown, key: string): unknown {
  let here = value;
  for (const part of key.split("."))
    here = Array.isArray(here)
      ? here[Number(part)]
      : Object.hasOwn(members(here), part)
        ? members(here)[part]
        : undefined;
  return here;
}

/** The value with one member set, or removed where it is undefined; nothing is changed in place. */
function put(value: unknown, [part, ...rest]: readonly string[], to: unknown): unknown {
  if (part === undefined) return to;
  if (Array.isArray(value)) return value.map((one, index) => (String(index) === part ? put(one, rest, to) : one));
  const { [part]: before, ...others } = members(value);
  const after = put(before, rest, to);
  const none = after === undefined || (rest.length > 0 && JSON.stringify(after) === "{}");
  return none ? others : { ...members(value), [part]: after };
}

/** A policy of a kind with nothing but what it needs. */
function plain(kind: PolicyKind): Members {
  const first: Members = kind.type === "hpa" ? { type: kind.type, metrics: [{}] } : { type: kind.type };
  return { ...first, ...kind.fixed };
}

/** A setting as it is without having been moved: of the service's own policy, else the default. Undefined: left out. */
export function unmoved(field: Field, tried: Tried, section: Members): Value | undefined {
  const ofSection = (SECTION as readonly Field[]).includes(field);
  const own = tried.type === undefined ? policiesOf(section)[ownIndex(section)] : undefined;
  const value = at(ofSection ? section : own, field.key);
  if (field.kind === "duration" && typeof value === "string") return spanSeconds(value) ?? field.standard;
  if (field.kind === "choice" || field.kind === "text") return typeof value === "string" ? value : field.standard;
  if (field.kind === "flag") return typeof value === "boolean" ? value : field.standard;
  return numberOf(value) ?? field.standard;
}

/** A setting as it is tried; undefined: left out. */
export function settingOf(field: Field, tried: Tried, section: Members): Value | undefined {
  const moved = tried.set[field.key];
  return moved === undefined ? unmoved(field, tried, section) : moved === "" ? undefined : moved;
}

/** The same with one setting moved; what is as it was before is not kept. */
export function move(tried: Tried, field: Field, value: Value | undefined, section: Members): Tried {
  const { [field.key]: _, ...set } = tried.set;
  if (value === unmoved(field, tried, section)) return { ...tried, set };
  return { ...tried, set: { ...set, [field.key]: value ?? "" } };
}

/** Another kind of policy: what was moved in the section stays. */
export function choose(tried: Tried, type: string | undefined): Tried {
  const kept = SECTION.flatMap(({ key }) => (tried.set[key] === undefined ? [] : [[key, tried.set[key]] as const]));
  return { type, set: Object.fromEntries(kept) };
}

/** Whether a field is shown and sent. */
export function isMeant(field: Field, tried: Tried, section: Members): boolean {
  const other = (key: string) => [...triedKind(tried, section).fields, ...SECTION].find((one) => one.key === key);
  const value = (key: string) => {
    const found = other(key);
    return found && settingOf(found, tried, section);
  };
  if (field.needs !== undefined && value(field.needs) === undefined) return false;
  return field.where === undefined || value(field.where[0]) === field.where[1];
}

/** What is wrong with a value, in words; undefined where nothing is. */
export function faultOf(field: Field, value: Value | undefined): string | undefined {
  if (field.kind === "text") return value === "" || value === undefined ? "a name" : undefined;
  if (field.kind !== "number" && field.kind !== "duration") return undefined;
  if (value === undefined) return field.absent === undefined ? "a number" : undefined;
  const ok = typeof value === "number" && Number.isFinite(value) && value >= field.min && value <= field.max;
  if (!ok || (field.whole && !Number.isInteger(value)))
    return `${field.whole ? "a whole number" : "a number"} from ${field.min} to ${field.max}`;
  return undefined;
}

/** The whole section as it is tried, as headgate.yaml has it. */
export function sectionOf(tried: Tried, section: Members): Members {
  const kind = triedKind(tried, section);
  const index = ownIndex(section);
  const own = tried.type === undefined && index >= 0;
  let policy: unknown = own ? policiesOf(section)[index] : plain(kind);
  for (const field of kind.fields) policy = written(policy, field, tried, section, !own);
  let whole: unknown = section;
  for (const field of SECTION) whole = written(whole, field, tried, section, false);
  const policies = own ? policiesOf(section).map((one, place) => (place === index ? policy : one)) : [policy];
  return { ...members(whole), policies };
}

function written(into: unknown, field: Field, tried: Tried, section: Members, needed: boolean): unknown {
  const path = field.key.split(".");
  // Half a pair is no setting; what only another rule reads may stay as it is.
  if (!isMeant(field, tried, section)) return field.needs === undefined ? into : put(into, path, undefined);
  // What it cannot be without is written although it is the default.
  const must = field.needs !== undefined || (needed && (field.kind === "text" || /(^|\.)target$/u.test(field.key)));
  if (!must && tried.set[field.key] === undefined) return into;
  const value = settingOf(field, tried, section);
  return put(into, path, field.kind === "duration" && typeof value === "number" ? spanText(value * 1000) : value);
}

/** The first thing that is wrong with what is tried, with its field; undefined where nothing is. */
export function firstFault(tried: Tried, section: Members): string | undefined {
  const fields: readonly Field[] = [...triedKind(tried, section).fields, ...SECTION];
  for (const field of fields) {
    const fault = isMeant(field, tried, section) && faultOf(field, settingOf(field, tried, section));
    if (fault) return `${field.label}: ${fault}.`;
  }
  const bound = (key: string) => Number(settingOf(SECTION.find((one) => one.key === key) as Field, tried, section));
  return bound("min") > bound("max") ? "Fewest tasks must not be above most tasks." : undefined;
}

/** A policy as it may be written, as what the sliders show; undefined where the lab has none for it. */
export function triedOf(policy: Members): Tried | undefined {
  const kind = kindOf(policy["type"]);
  if (kind === undefined) return undefined;
  const own = { policies: [policy] };
  let tried: Tried = { type: kind.type, set: {} };
  for (const field of kind.fields) {
    const value = settingOf(field, NOTHING_TRIED, own);
    if (value !== undefined) tried = move(tried, field, value, own);
  }
  return tried;
}
