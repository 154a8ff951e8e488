import type { Charge } from "../types.ts";

const NAMED = [
  "day",
  "month",
  "service",
  "service_category",
  "resource_type",
  "resource_kind",
  "resource",
  "region",
  "account",
  "sub_account",
  "provider",
  "category",
  "usage_type",
  "commitment",
  "tenant",
] as const;
type NamedKey = (typeof NAMED)[number];
/** What charges may be grouped by. */
export type GroupKey = NamedKey | `tag:${string}`;

export const DEFAULT_GROUPS: readonly GroupKey[] = ["day", "service", "resource_type"];
export const GROUP_KEYS: readonly string[] = [...NAMED, "tag:<key>"];

/** Whose cost a charge is, by the rules of the configuration; absent: nobody's that is named. */
export type TenantOf = (charge: Charge) => string | undefined;

const FIELD: Readonly<Record<Exclude<NamedKey, "month" | "tenant">, keyof Charge>> = {
  day: "day",
  service: "service",
  service_category: "serviceCategory",
  resource_type: "resourceType",
  resource_kind: "resourceKind",
  resource: "resourceId",
  region: "region",
  account: "account",
  sub_account: "subAccount",
  provider: "provider",
  category: "category",
  usage_type: "usageType",
  commitment: "commitmentId",
};

/** Members of a charge that are needed to group by the keys; tenants may be told from anything. */
export function fieldsOf(keys: readonly GroupKey[]): ReadonlySet<keyof Charge> | undefined {
  if (keys.includes("tenant")) return undefined;
  return new Set(
    keys.map((key) => (key.startsWith("tag:") ? "tags" : key === "month" ? "day" : FIELD[key as keyof typeof FIELD])),
  );
}

/** Reads the value of a charge for a key; undefined where the charge does not have it. */
export function readerOf(key: GroupKey, tenantOf?: TenantOf): (charge: Charge) => string | undefined {
  if (key === "month") return (charge) => charge.day.slice(0, 7);
  if (key === "tenant") return (charge) => tenantOf?.(charge);
  if (key.startsWith("tag:")) {
    const name = key.slice(4);
    return ({ tags }) => (tags !== undefined && Object.hasOwn(tags, name) ? tags[name] : undefined);
  }
  const field = FIELD[key as keyof typeof FIELD];
  return (charge) => charge[field] as string | undefined;
}

/** Days and months are always there: what has nothing else is nobody's. */
export const isTime = (key: GroupKey): boolean => key === "day" || key === "month";

/** As a row of JSON has it: "resource_type" is `resourceType`; a tag keeps its name. */
export const memberName = (key: GroupKey): string =>
  key.startsWith("tag:") ? key : key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** "day, service,resource_type"; camel case and blanks are taken too. The first word that is no key, where there is one. */
export function groupKeys(text: string): { readonly keys: readonly GroupKey[] } | { readonly unknown: string } {
  const keys: GroupKey[] = [];
  for (const word of text.split(",").map((one) => one.trim())) {
    if (word === "") continue;
    const tag = /^tags?:(.+)$/i.exec(word)?.[1]?.trim();
    const named = word
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .replaceAll(/[\s-]+/g, "_")
      .toLowerCase();
    const key = tag ? (`tag:${tag}` as const) : NAMED.find((one) => one === (ALIASES[named] ?? named));
    if (key === undefined) return { unknown: word };
    if (!keys.includes(key)) keys.push(key);
  }
  return keys.length === 0 ? { unknown: text } : { keys };
}

/** Columns of a bill and of the platform's tables that mean the same. */
const ALIASES: Readonly<Record<string, NamedKey>> = {
  date: "day",
  service_name: "service",
  resource_id: "resource",
  region_id: "region",
  billing_account: "account",
  billing_account_id: "account",
  sub_account_id: "sub_account",
  provider_name: "provider",
  charge_category: "category",
  team: "tenant",
};
