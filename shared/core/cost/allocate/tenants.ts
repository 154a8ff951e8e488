import type { TenantsConfig } from "../section.ts";
import type { Charge } from "../types.ts";
import { patternIndex } from "./patterns.ts";

/** Whose something is, and by what it was told. */
export interface Owner {
  readonly tenant: string;
  readonly why: string;
}

/** Who answers for what: the first rule that matches, else the tag, else what stands before the separator of a name. */
export interface Owners {
  topic(name: string): Owner | undefined;
  group(name: string): Owner | undefined;
  job(name: string): Owner | undefined;
  service(name: string): Owner | undefined;
  /** By account, tags, or the service and resource it is for. */
  charge(
    charge: Pick<Charge, "account" | "subAccount" | "service" | "resourceId" | "resourceName" | "tags">,
  ): Owner | undefined;
}

type Named = "topics" | "groups" | "jobs" | "services" | "accounts";

export function owners(config: TenantsConfig): Owners {
  const { rules, tag, prefix } = config;
  const index = (kind: Named) =>
    patternIndex(rules.flatMap((rule, rank) => (rule[kind] ?? []).map((pattern) => [pattern, rank] as const)));
  const [topics, groups, jobs, services, accounts] = [
    index("topics"),
    index("groups"),
    index("jobs"),
    index("services"),
    index("accounts"),
  ];
  const tagged = rules.flatMap((rule, rank) =>
    rule.tags && Object.keys(rule.tags).length > 0
      ? [
          {
            rank,
            needs: Object.entries(rule.tags).map(([key, value]) => [key, patternIndex([[value, 0]])] as const),
          },
        ]
      : [],
  );
  const ruled = (rank: number | undefined, by: string): Owner | undefined => {
    const tenant = rank === undefined ? undefined : rules[rank]?.tenant;
    return tenant === undefined ? undefined : { tenant, why: `rule ${(rank ?? 0) + 1}, ${by}` };
  };
  const before = (name: string): Owner | undefined => {
    const at = prefix === undefined ? -1 : name.indexOf(prefix);
    return at > 0 ? { tenant: name.slice(0, at), why: `its name up to ${JSON.stringify(prefix)}` } : undefined;
  };
  const named = (find: (name: string) => number | undefined, by: string) => {
    // The same names are asked for again and again.
    const known = new Map<string, Owner | undefined>();
    return (name: string): Owner | undefined => {
      if (known.has(name)) return known.get(name);
      const found = ruled(find(name), by) ?? before(name);
      known.set(name, found);
      return found;
    };
  };

  return {
    topic: named(topics, "topics"),
    group: named(groups, "groups"),
    job: named(jobs, "jobs"),
    service: named(services, "services"),
    charge: ({ account, subAccount, service, resourceId, resourceName, tags = {} }) => {
      const found: (readonly [number | undefined, string])[] = [
        ...[subAccount, account].map((one) => [one === undefined ? undefined : accounts(one), "accounts"] as const),
        ...[service, resourceName, resourceId].map(
          (one) => [one === undefined ? undefined : services(one), "services"] as const,
        ),
        [
          tagged.find(({ needs }) =>
            needs.every(([key, is]) => Object.hasOwn(tags, key) && is(tags[key] ?? "") !== undefined),
          )?.rank,
          "tags",
        ],
      ];
      let best: readonly [number, string] | undefined;
      for (const [rank, by] of found) if (rank !== undefined && rank < (best?.[0] ?? Infinity)) best = [rank, by];
      const value = tag !== undefined && Object.hasOwn(tags, tag) ? tags[tag] : undefined;
      return (
        ruled(best?.[0], best?.[1] ?? "") ??
        (value === undefined || value === "" ? undefined : { tenant: value, why: `tag ${tag}` })
      );
    },
  };
}
