import { dayOf } from "../day.ts";
import type { Charge } from "../types.ts";
import { average, count, type Tally, tally } from "./tally.ts";
import type { Measured } from "./types.ts";

/** Members of a report's rows that a measurement can tell of; by any other one a measurement would stand beside rows it is not about. */
const TELLS: ReadonlySet<string> = new Set(["day", "month", "service", "resourceType", "resourceKind", "resource"]);

/** Names are compared as people write them: letter case and blanks around do not count. */
const plain = (value: string): string => value.trim().toLowerCase();

/** What the bill says of a resource that was measured. */
type Fact = Pick<Charge, "service" | "resourceType" | "resourceKind">;
/** One resource has charges of a few kinds (processor, memory, transfer): its utilisation stands beside each. */
const MOST_FACTS = 8;

/**
 * Average utilisation for the rows of a report, by the members they have ("day", "service", "resourceType"). A row has one where every
 * member is told by the measurements, and at least one measurement agrees in all of them. What a measurement does not say of its resource
 * (its service, its type) is told by the bill, where that has the resource by its id or its name (of an ECS service also the end of its ARN): `see`
 * its charges.
 */
export function utilizationJoin(members: readonly string[]) {
  const told = members.every((member) => TELLS.has(member)) && members.length > 0;
  const facts = new Map<string, Fact[]>();
  const wanted = new Set<string>();
  const rows: Measured[] = [];
  let groups: Map<string, Tally> | undefined;

  const member = (name: string, row: Measured, fact: Fact | undefined): string | null | undefined => {
    switch (name) {
      case "day":
        return dayOf(row.at);
      case "month":
        return dayOf(row.at).slice(0, 7);
      case "service":
        return fact?.service ?? row.service;
      case "resource":
        return row.resourceId;
      // What the bill states holds, also that it states none: rows are grouped by that.
      case "resourceType":
        return (fact === undefined ? row.resourceType : fact.resourceType) ?? null;
      default:
        return row.resourceType ?? fact?.resourceKind ?? null;
    }
  };
  const keyOf = (row: Measured, fact: Fact | undefined): string | undefined => {
    const values = members.map((name) => member(name, row, fact));
    // About nobody's service or resource.
    if (values.includes(undefined)) return undefined;
    return JSON.stringify(values.map((value) => (value == null ? null : plain(value))));
  };

  const grouped = (): Map<string, Tally> => {
    const made = new Map<string, Tally>();
    for (const row of rows) {
      const known = row.resourceId === undefined ? undefined : facts.get(row.resourceId);
      for (const key of new Set((known ?? [undefined]).map((fact) => keyOf(row, fact)))) {
        if (key === undefined || row.percent === undefined) continue;
        const into = made.get(key) ?? tally();
        made.set(key, into);
        count(into, row.percent);
      }
    }
    return made;
  };

  return {
    /** Before the bill is read. */
    add(row: Measured): void {
      if (!told || row.percent === undefined) return;
      rows.push(row);
      if (row.resourceId !== undefined) wanted.add(row.resourceId);
    },
    /** A charge of the bill: what it says of a resource that was measured. */
    see(charge: Charge): void {
      if (wanted.size === 0) return;
      const named = /:service\/(?:.*\/)?([^/]+)$/.exec(charge.resourceId ?? "")?.[1];
      for (const id of new Set([charge.resourceId, charge.resourceName, named])) {
        if (id === undefined || !wanted.has(id)) continue;
        const known = facts.get(id) ?? [];
        facts.set(id, known);
        const same = known.some(
          (fact) =>
            fact.service === charge.service &&
            fact.resourceType === charge.resourceType &&
            fact.resourceKind === charge.resourceKind,
        );
        if (!same && known.length < MOST_FACTS) known.push(charge);
      }
    },
    /** Percent; undefined where nobody measured. */
    of(keys: Readonly<Record<string, string | null>>): number | undefined {
      groups ??= grouped();
      const asked = members.map((name) => (keys[name] == null ? null : plain(keys[name] as string)));
      const found = groups.get(JSON.stringify(asked));
      return found === undefined ? undefined : average(found);
    },
  };
}
