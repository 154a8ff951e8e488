import type { MirrorCheckView, RecoveryView, RunbooksView, RunbookView } from "../functions/backup/recovery-views.ts";
import type { DerivedPlan } from "../shared/core/backup/recovery/derive.ts";
import type { Measured, RecoveryState } from "../shared/core/backup/recovery/types.ts";
import type { StepState } from "../shared/core/backup/runbook/types.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import { faultText } from "./faults.ts";
import { ago, facts, stamp } from "./format.ts";
import { plain, table } from "./io.ts";

const VERDICTS = { met: "met", breached: "BREACHED", not_proven: "not proven" } as const;

function cell({ ms, objectiveMs, verdict }: Measured): string {
  const shown = ms === undefined ? "-" : formatDuration(ms);
  if (objectiveMs === undefined) return shown;
  return `${shown} of ${formatDuration(objectiveMs)}${verdict ? `, ${VERDICTS[verdict]}` : ""}`;
}

function stateLines(state: RecoveryState): readonly string[] {
  const { plan, point, newest, disruptions, gaps, replication, verdict, at } = state;
  const rows = disruptions.map((one) => [
    one.disruption,
    cell(one.rpoNow),
    cell(one.rpoWorst),
    cell(one.rto),
    one.verdict ? VERDICTS[one.verdict] : "no objective",
  ]);
  // One reason often holds for several kinds of disruption.
  const whys = new Map<string, string[]>();
  for (const one of disruptions)
    for (const { verdict: found, why } of [one.rpoNow, one.rpoWorst, one.rto])
      if (found !== "met") whys.set(why, [...(whys.get(why) ?? []), one.disruption]);
  const steps = disruptions.find(({ rto }) => rto.steps.length > 0)?.rto.steps ?? [];
  return [
    ...facts([
      ["plan", `${plan}: ${verdict ? VERDICTS[verdict] : "nothing is asked of it"}`],
      ["verified", point ? `${point.id}, its cut ${ago(point.cutAt, at)}` : "no restore point"],
      ["newest", newest && newest.id !== point?.id ? `${newest.id}, not verified` : undefined],
      [
        "restores",
        steps.length > 0 ? steps.map(({ name, ms }) => `${name} ${formatDuration(ms)}`).join(", ") : undefined,
      ],
      ["mirror", replication ? `${replication.flow}: ${replication.troubles[0] ?? "works"}` : undefined],
    ]),
    "",
    ...table([["LOSS OF", "RPO NOW", "RPO AT WORST", "RTO", "VERDICT"], ...rows]),
    ...[...whys].map(([why, of]) => plain(`  ${of.join(", ")}: ${why}`)),
    ...gaps
      .slice(0, 10)
      .map(({ job, topic, partition, ahead, behind }) =>
        plain(
          `  ${job} and ${topic}-${partition} do not meet: ${ahead > 0 ? `${ahead} records in its state are not in the topic` : `${behind} records are read again`}`,
        ),
      ),
  ];
}

export function statusLines({ disasterRecovery, plans, troubles }: RecoveryView): readonly string[] {
  if (plans.length + troubles.length === 0) return ["no backup plans"];
  return [
    ...(disasterRecovery
      ? [
          plain(`${disasterRecovery.primaryRegion} to ${disasterRecovery.secondaryRegion} (${disasterRecovery.file})`),
          "",
        ]
      : []),
    ...plans.flatMap((one, index) => [...(index > 0 ? [""] : []), ...stateLines(one)]),
    ...troubles.map(({ plan, why }) => plain(`${plan}: nothing can be said: ${why}`)),
  ];
}

export const planLines = ({ means, missing }: DerivedPlan, yaml: string | undefined): readonly string[] => [
  "it means:",
  ...means.map((one) => plain(`  ${one}`)),
  ...(yaml === undefined
    ? []
    : [
        "",
        "for headgate.yaml:",
        ...yaml
          .trimEnd()
          .split("\n")
          .map((one) => plain(`  ${one}`)),
      ]),
  ...(missing.length === 0 ? [] : ["", "it does not say:", ...missing.map((one) => plain(`  ${one}`))]),
];

export const checkLines = (file: string, { ok, faults, warnings }: MirrorCheckView): readonly string[] => [
  ...faults.map((one) => plain(`fault: ${faultText(one, file)}`)),
  ...warnings.map((one) => plain(`warning: ${faultText(one, file)}`)),
  ok ? plain(`${file} does what the disaster-recovery file asks for`) : `${faults.length} faults`,
];

export function runbooksLines({ items, none }: RunbooksView): readonly string[] {
  const rows = items.map(({ name, about, steps, current, last }) => [
    name,
    `${steps.length}`,
    current
      ? `${current.rehearsal ? "rehearsal" : "under way"}: ${current.at ?? ""} ${current.status ?? ""}`.trim()
      : last
        ? `${last.rehearsal ? "rehearsed" : "run"} ${stamp(last.endedAt)}: ${last.outcome}`
        : "never run",
    about,
  ]);
  return [
    ...(rows.length > 0 ? table([["RUNBOOK", "STEPS", "STATE", "WHAT"], ...rows]) : []),
    ...(none === undefined ? [] : [plain(`no failover or failback: ${none}`)]),
  ];
}

const took = ({ startedAt, endedAt }: StepState): string =>
  startedAt === undefined || endedAt === undefined ? "" : formatDuration(endedAt - startedAt);

export function runbookLines({ name, runbook, current, ended }: RunbookView): readonly string[] {
  const [last] = ended;
  const run = current ?? last;
  if (!run)
    return [
      plain(`${name}: ${runbook?.about ?? ""}; never run`),
      ...table([
        ["STEP", "WHAT", ""],
        ...(runbook?.steps ?? []).map(({ id, title, approval }) => [id, title, approval ? "needs approval" : ""]),
      ]),
    ];
  const titles = new Map(runbook?.steps.map(({ id, title }) => [id, title]));
  return [
    ...facts([
      ["runbook", `${name}${run.rehearsal ? ", a rehearsal" : ""}`],
      ["run", `${run.id} by ${run.by}${run.why === "" ? "" : `: ${run.why}`}`],
      ["begun", stamp(run.startedAt)],
      [
        "state",
        current
          ? current.phase === "back"
            ? `goes back: ${current.because ?? ""}`
            : `under way: ${current.steps[current.at]?.id ?? ""} ${current.steps[current.at]?.status ?? ""}`
          : last && `${last.outcome} after ${formatDuration(last.endedAt - last.startedAt)}`,
      ],
    ]),
    "",
    ...table([
      ["STEP", "STATUS", "TOOK", "WHAT"],
      ...run.steps.map((one) => [one.id, one.status, took(one), one.text ?? titles.get(one.id) ?? ""]),
    ]),
  ];
}
