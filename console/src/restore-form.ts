import type { RestorePlanned, RestoreWanted } from "../../functions/api/views-backup.ts";
import { bytes, records } from "./backup-words.ts";
import { duration, plural } from "./format.ts";

/** What the reader has filled in, as text. */
export interface RestoreForm {
  /** Patterns with * and ?, by commas or lines; empty: all. */
  readonly topics: string;
  readonly exclude: string;
  readonly prefix: string;
  /** old=new, one a line. */
  readonly rename: string;
  readonly offsets: "" | "keep" | "translate";
  readonly groups: "" | "none" | "named";
  readonly groupNames: string;
  readonly groupPrefix: string;
  readonly existing: "" | "continue" | "append";
  readonly keepGroups: boolean;
  /** A cluster of the configuration; empty: the plan's own. */
  readonly into: string;
  readonly holdRetention: boolean;
  readonly jobs: boolean;
}

export const FIRST_RESTORE: RestoreForm = {
  ...{ topics: "", exclude: "", prefix: "", rename: "", offsets: "", groups: "", groupNames: "", groupPrefix: "" },
  ...{ existing: "", keepGroups: false, into: "", holdRetention: false, jobs: false },
};

const listed = (text: string): readonly string[] =>
  text
    .split(/[\s,]+/u)
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** Whether a pattern with * and ? is about this name. */
function fits(pattern: string, name: string): boolean {
  const literal = pattern.replaceAll(/[\\^$.*+?()[\]{}|]/gu, (sign) =>
    sign === "*" ? ".*" : sign === "?" ? "." : `\\${sign}`,
  );
  return new RegExp(`^${literal}$`, "su").test(name);
}

/** Whether a topic is part of the restore. */
export function isChosen({ topics, exclude }: Pick<RestoreForm, "topics" | "exclude">, name: string): boolean {
  const wanted = listed(topics);
  return (
    (wanted.length === 0 || wanted.some((one) => fits(one, name))) && !listed(exclude).some((one) => fits(one, name))
  );
}

/** The form after a topic was ticked, or its tick taken away. */
export function toggled(
  { topics, exclude }: Pick<RestoreForm, "topics" | "exclude">,
  name: string,
): Pick<RestoreForm, "topics" | "exclude"> {
  const [wanted, without] = [listed(topics), listed(exclude)];
  const text = (some: readonly string[]) => some.join(", ");
  if (!isChosen({ topics, exclude }, name)) {
    const rest = without.filter((one) => one !== name);
    const still = { topics, exclude: text(rest) };
    // All are meant, and a pattern leaves this one out: naming it would only lose the others.
    return wanted.length === 0 || isChosen(still, name) ? still : { ...still, topics: text([...wanted, name]) };
  }
  const rest = wanted.filter((one) => one !== name);
  // Without any name all would be meant: the last one stays, and is left out.
  const fewer = { topics: text(rest), exclude };
  return rest.length > 0 && rest.length < wanted.length && !isChosen(fewer, name)
    ? fewer
    : { topics, exclude: text([...without, name]) };
}

function renames(text: string): readonly { readonly from: string; readonly to: string }[] | undefined {
  const pairs = listed(text).map((line) => /^([^=]+)=([^=]+)$/u.exec(line));
  if (pairs.some((one) => one === null)) return undefined;
  return pairs.map((one) => ({ from: one?.[1] ?? "", to: one?.[2] ?? "" }));
}

/** Why the form says nothing that could be planned; undefined when it does. */
export function restoreFault(form: RestoreForm): string | undefined {
  if (renames(form.rename) === undefined) return "New names: one a line, old=new.";
  if (form.groups === "named" && listed(form.groupNames).length === 0) return "Name the groups, or choose others.";
  return undefined;
}

/** The request of a form without faults: what is not said has the API's default. */
export function restoreRequest(form: RestoreForm): RestoreWanted {
  const [topics, exclude, rename] = [listed(form.topics), listed(form.exclude), renames(form.rename) ?? []];
  const text = <N extends "prefix" | "groupPrefix">(name: N) =>
    form[name].trim() === "" ? {} : { [name]: form[name].trim() };
  return {
    ...(topics.length === 0 ? {} : { topics }),
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(rename.length === 0 ? {} : { rename }),
    ...text("prefix"),
    ...(form.offsets === "" ? {} : { offsets: form.offsets }),
    ...(form.groups === "" ? {} : { groups: form.groups === "none" ? "none" : listed(form.groupNames) }),
    ...text("groupPrefix"),
    ...(form.existing === "" ? {} : { existing: form.existing }),
    ...(form.keepGroups ? { existingGroups: "keep" } : {}),
    ...(form.holdRetention ? { holdRetention: true } : {}),
    ...(form.jobs ? { jobs: true } : {}),
  };
}

/** What a plan comes to, in one sentence. */
export function totalsText({ totals }: RestorePlanned): string {
  return `${plural(totals.topics, "topic")}, ${totals.created === totals.topics ? "all" : totals.created} of them new, ${plural(totals.partitions, "partition")}, ${records(totals.records)}, ${bytes(totals.bytes)}; about ${duration(Math.max(1000, totals.estimateMs))} of work`;
}

/** How a position lands, in a word. */
export const LANDS = { exact: "exactly", translated: "exactly", earlier: "earlier", kept: "kept", not: "not" } as const;
type Landing = (typeof LANDS)[keyof typeof LANDS];

/** Positions of a group by how they land: "3 exactly, 1 earlier (12 records read again)". */
export function landingText({ refused, positions }: RestorePlanned["groups"][number]): string {
  if (refused !== undefined) return `not set: ${refused}`;
  const count = new Map<Landing, number>();
  let again = 0;
  for (const { lands, by = 0 } of positions) {
    count.set(LANDS[lands], (count.get(LANDS[lands]) ?? 0) + 1);
    if (lands === "earlier") again += by;
  }
  if (count.size === 0) return "it has no position";
  const order: readonly Landing[] = ["exactly", "earlier", "kept", "not"];
  return order
    .flatMap((one) => {
      const many = count.get(one);
      if (many === undefined) return [];
      return one === "earlier"
        ? [`${many} earlier (${records(again)} read again)`]
        : [one === "kept" ? `${many} stay as they are` : one === "not" ? `${many} not set` : `${many} exactly`];
    })
    .join(", ");
}

/** Whether something that is there already is written to: topics that exist, groups under their own name. */
export const touches = ({ topics, groups }: RestorePlanned): boolean =>
  topics.some(({ action }) => action !== "create") ||
  groups.some(
    ({ source, target, refused, positions }) =>
      refused === undefined && source === target && positions.some(({ lands }) => lands !== "not" && lands !== "kept"),
  );

/** What exactly will happen, before it is begun. */
export function restoreConsequences(plan: RestorePlanned, approval: boolean): readonly string[] {
  const { topics, groups, acls, quotas, schemas, jobs } = plan;
  const created = topics.filter(({ action }) => action === "create").map(({ target }) => target);
  const written = topics.filter(({ action }) => action !== "create").map(({ target }) => target);
  const set = groups.filter(({ refused }) => refused === undefined).map(({ target }) => target);
  const some = (names: readonly string[]) =>
    names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const started = jobs.filter(({ matches }) => matches).length;
  const beside = [
    ...(acls > 0 ? [plural(acls, "access rule")] : []),
    ...(quotas > 0 ? [plural(quotas, "quota")] : []),
    ...(schemas > 0 ? [plural(schemas, "schema")] : []),
    ...(started > 0 ? [plural(started, "Flink job")] : []),
  ];
  return [
    ...(approval ? ["Nothing is written until somebody approves it."] : []),
    ...(created.length > 0 ? [`Created: ${some(created)}.`] : []),
    ...(written.length > 0 ? [`Written to although it is there: ${some(written)}.`] : []),
    `${totalsText(plan)}.`,
    ...(set.length > 0 ? [`Positions of groups are set: ${some(set)}.`] : ["No group is touched."]),
    ...(beside.length > 0 ? [`Also: ${beside.join(", ")}.`] : []),
  ];
}
