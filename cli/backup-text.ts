import type { CostView } from "../functions/backup/cost.ts";
import type { BackupPlanView as PreviewView } from "../functions/backup/plan-view.ts";
import type { PruneResult } from "../functions/backup/prune.ts";
import type { BackupPointDetailView, BackupPointsView, BackupPointView } from "../functions/backup/views.ts";
import type { PointDiff } from "../shared/core/backup/compare/types.ts";
import type { DrillNote, DrillReport } from "../shared/core/backup/drill/types.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import { bytesText, count } from "./bytes.ts";
import { ago, facts, stamp } from "./format.ts";
import { plain, table } from "./io.ts";

const many = (value: number, of: string): string => `${count(value)} ${of}${value === 1 ? "" : "s"}`;

const money = (usd: number): string => `$${usd >= 10 || usd === 0 ? usd.toFixed(2) : usd.toPrecision(2)}`;

const stateText = ({ status, verified, missing }: BackupPointView): string =>
  [
    status === "degraded" ? `degraded (not at ${missing.join(", ")})` : status,
    verified === "ok" ? "verified" : verified === "failed" ? "verification failed" : "not verified",
  ].join(", ");

export function pointsLines(view: BackupPointsView, now: number, plan?: string): readonly string[] {
  const rows = view.points.map((one) => [
    one.id,
    one.plan,
    ago(one.cutAt, now),
    one.kind,
    count(one.records),
    `+${count(one.newRecords)}`,
    bytesText(one.storedBytes),
    one.gaps === 0 ? "-" : `${one.gaps}`,
    stateText(one),
  ]);
  return [
    ...(rows.length === 0
      ? [plain(plan === undefined || plan === "manual" ? "no restore points" : `no restore points of ${plan}`)]
      : table([["POINT", "PLAN", "CUT", "KIND", "RECORDS", "NEW", "STORED", "GAPS", "STATE"], ...rows])),
    ...view.unreadable.map(({ id, why }) => plain(`unreadable: ${id}: ${why}`)),
    ...view.unreachable.map(({ place, why }) => plain(`unreachable: ${place}: ${why}`)),
  ];
}

export function pointLines(view: BackupPointDetailView, now: number): readonly string[] {
  const { manifest } = view;
  return [
    ...facts([
      ["point", `${view.id} (${view.kind})`],
      ["plan", view.plan],
      [
        "cut",
        `${stamp(view.cutAt)}, ${ago(view.cutAt, now)}; written within ${formatDuration(view.finishedAt - view.cutAt)}`,
      ],
      ["state", stateText(view)],
      ["at", view.at.join(", ") || "nowhere in order"],
      [
        "cluster",
        manifest.cluster &&
          `${manifest.cluster.name} (${manifest.cluster.id}), ${many(manifest.cluster.brokers, "broker")}`,
      ],
      [
        "holds",
        `${count(view.records)} records in ${view.partitions} partitions of ${view.topics} topics, ${manifest.totals.groups} groups`,
      ],
      ["parts", view.parts.join(", ")],
      [
        "added",
        `${count(view.newRecords)} records, ${bytesText(view.newBytes)} as ${bytesText(view.storedBytes)}; ${count(manifest.totals.droppedRecords)} aborted and control records left out`,
      ],
      ["needs", view.needs === 0 ? "no other point" : many(view.needs, "earlier point")],
    ]),
    ...view.faults.map((one) => plain(`fault: ${one}`)),
    ...manifest.gaps.map(({ kind, why }) => plain(`gap (${kind}): ${why}`)),
    ...manifest.warnings.map((one) => plain(`warning: ${one}`)),
  ];
}

const sign = (value: number): string => (value > 0 ? `+${count(value)}` : count(value));

export function diffLines(diff: PointDiff): readonly string[] {
  const topics = diff.topics.map(({ name, kind, added, removed, records, settings }) => [
    name,
    kind,
    `+${count(added)}`,
    removed === 0 ? "-" : `-${count(removed)}`,
    `${count(records.from)} → ${count(records.to)}`,
    settings.map((one) => `${one.name} ${one.from ?? "-"} → ${one.to ?? "-"}`).join(", "),
  ]);
  const groups = diff.groups.map(({ id, kind, by }) => [id, kind, sign(by)]);
  return [
    `${diff.from.id} → ${diff.to.id}, ${formatDuration(Math.abs(diff.apartMs))} apart`,
    ...(topics.length === 0
      ? ["no topic differs"]
      : ["", ...table([["TOPIC", "WHAT", "ADDED", "REMOVED", "RECORDS", "SETTINGS"], ...topics])]),
    ...(groups.length === 0 ? [] : ["", ...table([["GROUP", "WHAT", "BY"], ...groups])]),
    ...(diff.jobs.length === 0
      ? []
      : ["", ...table([["JOB", "WHAT"], ...diff.jobs.map(({ name, kind }) => [name, kind])])]),
    ...(diff.config.length === 0
      ? []
      : [
          "",
          ...table([
            ["CONFIGURATION", "KIND", "WHAT"],
            ...diff.config.map(({ name, kind, change }) => [name, kind, change]),
          ]),
        ]),
  ];
}

export function pruneLines(result: PruneResult): readonly string[] {
  const would = result.dryRun ? "would remove" : "removed";
  return [
    ...(result.remove.length === 0
      ? ["nothing is too old"]
      : table([
          ["POINT", result.dryRun ? "WOULD GO" : "WENT"],
          ...result.remove.map(({ id, why }) => [id, why.join(", ")]),
        ])),
    "",
    ...table([["KEPT", "WHY"], ...result.keep.map(({ id, why }) => [id, why.join(", ")])]),
    "",
    ...result.places.map(({ place, status, objects, freedBytes, retired, orphans, locked, why }) =>
      plain(
        `${place}: ${status === "done" || status === "planned" ? `${would} ${objects} objects, ${bytesText(freedBytes)}` : `${status}: ${why ?? "nobody said why"}`}${retired.length > 0 ? `; ${retired.length} unlisted points stay because kept ones need them` : ""}${orphans.length > 0 ? `; left by ${orphans.length} runs that never ended` : ""}${locked.length > 0 ? `; ${locked.length} locked` : ""}`,
      ),
    ),
  ];
}

export function drillLines({
  note,
  report,
}: {
  readonly note: DrillNote;
  readonly report?: DrillReport;
}): readonly string[] {
  return [
    ...facts([
      ["drill", `${note.id}: ${note.status}`],
      ["point", `${note.point}, cut ${stamp(note.cutAt)}`],
      ["RPO", `${formatDuration(note.rpoMs)} (${note.verdict.rpo.replace("_", " ")})`],
      ["RTO", `${formatDuration(note.rtoMs)} (${note.verdict.rto.replace("_", " ")})`],
      ["steps", note.steps.map(({ step, ms }) => `${step} ${formatDuration(ms)}`).join(", ")],
      ["compared", `${count(note.records)} records, ${bytesText(note.bytes)}`],
      ["said", note.text],
    ]),
    ...(report?.topics.length
      ? [
          "",
          ...table([
            ["TOPIC", "PARTITIONS", "RECORDS", "RPO", "DIFFERENCES"],
            ...report.topics.map((one) => [
              one.topic,
              `${one.partitions}`,
              count(one.records),
              formatDuration(one.rpoMs),
              `${one.differences}`,
            ]),
          ]),
        ]
      : []),
    ...(report?.faults ?? []).map((one) => plain(`fault: ${one}`)),
    ...(report?.left ?? []).map((one) => plain(`left behind: ${one}`)),
  ];
}

export function costLines(view: CostView): readonly string[] {
  const lines = [
    ...view.places.flatMap(({ place, lines: of }) =>
      of.map((one) => [place, one.what, `${count(one.quantity)} ${one.unit}`, money(one.usd)]),
    ),
    ...view.compute.map((one) => ["functions", one.what, `${count(one.quantity)} ${one.unit}`, money(one.usd)]),
  ];
  return [
    ...facts([
      ["a month", `${money(view.usdPerMonth)} (${view.basis}: ${view.from})`],
      ["first run", money(view.firstRunUsd)],
      ["points", `${count(view.points)}, the oldest ${formatDuration(view.spanMs)} old`],
      ["prices", view.prices],
    ]),
    "",
    ...table([["WHERE", "WHAT", "QUANTITY", "USD/MONTH"], ...lines]),
    ...view.notes.map((one) => plain(`note: ${one}`)),
  ];
}

export function previewLines(view: PreviewView): readonly string[] {
  const rows = view.topics.map((one) => [
    one.name,
    `${one.partitions}`,
    `${one.replicationFactor}`,
    count(one.offsets),
    one.bytes === undefined ? "-" : bytesText(one.bytes),
  ]);
  return [
    ...(rows.length === 0
      ? ["no topics are chosen"]
      : table([["TOPIC", "PARTITIONS", "RF", "OFFSETS", "ON DISK"], ...rows])),
    "",
    ...facts([
      [
        "all",
        `${many(view.partitions, "partition")}${view.bytes === undefined ? "" : `, ${bytesText(view.bytes)}`}, ${view.units} ${view.units === 1 ? "unit" : "units"} of work`,
      ],
      ["groups", view.groups === undefined ? undefined : `${view.groups}`],
      ["left out", view.excluded.length === 0 ? undefined : view.excluded.join(", ")],
    ]),
    ...view.missing.map(({ need, why }) => plain(`missing: ${need}: ${why}`)),
    ...view.warnings.map((one) => plain(`warning: ${one}`)),
  ];
}
