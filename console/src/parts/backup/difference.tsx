import type { BackupDiff } from "../../../../functions/api/views-backup.ts";
import { getDiff, getPoints } from "../../api-backup.ts";
import { calmly } from "../../calm.ts";
import { absolute, duration, number, plural, told } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { go, usePlace, withQuery } from "../../router.ts";
import { Failed, Loading } from "../looks.tsx";

const REST_MS = 60_000;
const SHOWN = 30;

/** What is different in another point. */
export function Difference({ plan, id }: { plan: string; id: string }) {
  const to = usePlace().query.get("to") ?? "";
  const key = `points of ${plan}`;
  const { value } = useResource(key, () => calmly(key, "", REST_MS, (signal) => getPoints(plan, signal)), REST_MS);
  const others = value?.points.filter((one) => one.id !== id) ?? [];
  return (
    <section>
      <h2>Compared with another point</h2>
      {value === undefined ? null : others.length === 0 ? (
        <p class="muted">There is no other one.</p>
      ) : (
        <label class="filters">
          Other point
          <select
            name="to"
            value={to}
            onChange={(event) => go(withQuery({ to: event.currentTarget.value }), { replace: true })}
          >
            <option value="">choose one</option>
            {others.map((one) => (
              <option key={one.id} value={one.id}>
                {absolute(one.cutAt).split(" · ")[0]}, {one.id}
              </option>
            ))}
          </select>
        </label>
      )}
      {to !== "" && to !== id && <Shown plan={plan} ids={id < to ? [id, to] : [to, id]} />}
    </section>
  );
}

/** Ids sort by their time: what is different is told as it came to be, from the older one on. */
function Shown({ plan, ids: [id, to] }: { plan: string; ids: readonly [older: string, newer: string] }) {
  const key = `diff ${plan}/${id}/${to}`;
  const { value, failure, reload } = useResource(
    key,
    () => calmly(key, "", REST_MS, (signal) => getDiff(plan, id, to, signal)),
    REST_MS,
  );
  if (value === undefined)
    return failure ? <Failed failure={failure} what="comparison" retry={reload} /> : <Loading what="the comparison" />;
  const lines = linesOf(value);
  return (
    <div role="status">
      <p>
        From <code>{value.from.id}</code> to <code>{value.to.id}</code>, cut {duration(value.apartMs)} later.{" "}
        {plural(value.unchangedTopics, "topic")} unchanged.
      </p>
      {value.same ? (
        <p>Both hold the same.</p>
      ) : (
        <ul class="fates">
          {lines.slice(0, SHOWN).map(([name, text]) => (
            <li key={`${name} ${text}`}>
              <bdi class="mono">{name}</bdi> {text}
            </li>
          ))}
          {lines.length > SHOWN && <li class="muted">and {lines.length - SHOWN} more</li>}
        </ul>
      )}
    </div>
  );
}

const change = (from: string | undefined, to: string | undefined): string =>
  `${from ?? "nothing"} → ${to ?? "nothing"}`;

/** Each difference as a name and what became of it. */
export function linesOf(diff: BackupDiff): readonly (readonly [name: string, text: string])[] {
  const { topics, groups, jobs, config, schemas, acls, quotas, gaps } = diff;
  return [
    ...topics.map(({ name, kind, added, removed, records: held, partitions, settings }): [string, string] => [
      name,
      [
        kind === "changed" ? "" : kind,
        ...(added > 0 ? [`${number(added)} offsets more`] : []),
        ...(removed > 0 ? [`${number(removed)} gone at the front`] : []),
        `${number(held.from)} → ${number(held.to)} records`,
        ...partitions.flatMap(({ partition, truncated }) =>
          truncated ? [`partition ${partition} went back from ${truncated.from} to ${truncated.to}`] : [],
        ),
        ...settings.map((one) => `${one.name} ${change(one.from, one.to)}`),
      ]
        .filter(Boolean)
        .join(", "),
    ]),
    ...groups.map(({ id, kind, by }): [string, string] => [
      id,
      kind === "moved" ? `group ${by < 0 ? "set back" : "moved on"} by ${number(Math.abs(by))}` : `group ${kind}`,
    ]),
    ...jobs.map(({ name, kind, changes }): [string, string] => [
      name,
      `job ${kind}${changes.map((one) => `, ${one.name} ${change(one.from, one.to)}`).join("")}`,
    ]),
    ...config.map((one): [string, string] => [one.name, `${one.kind} ${one.change}`]),
    ...schemas.map((one): [string, string] => [one.name, `schema ${change(one.from, one.to)}`]),
    ...acls.added.map((text): [string, string] => [text, "access rule added"]),
    ...acls.removed.map((text): [string, string] => [text, "access rule removed"]),
    ...quotas.map((one): [string, string] => [one.name, `quota ${change(one.from, one.to)}`]),
    ...gaps.map(({ topic, part, why }): [string, string] => [topic ?? part ?? "gap", told(why)]),
  ];
}
