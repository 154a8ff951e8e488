import type { BackupRestoreDetailView } from "../functions/backup/views.ts";
import type { GroupPlan, RestorePlan, TopicPlan } from "../shared/core/backup/restore/types.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import { bytesText, count } from "./bytes.ts";
import { facts, stamp } from "./format.ts";
import { plain, table } from "./io.ts";

/** Lines of one topic's partitions that are not simply whole and as they were. */
const MOST_LINES = 20;

const offsetsText = ({ parts }: TopicPlan): string => {
  const moved = parts.filter(({ offsets }) => offsets === "translated").length;
  return moved === 0 ? "as they were" : moved === parts.length ? "new ones" : `${moved} of ${parts.length} new ones`;
};

const sum = (topic: TopicPlan, of: "records" | "bytes" | "pad" | "markers"): number =>
  topic.parts.reduce((all, part) => all + part[of], 0);

const topicRow = (topic: TopicPlan): readonly string[] => [
  topic.source === topic.target ? topic.target : `${topic.source} → ${topic.target}`,
  topic.action,
  `${topic.partitions}`,
  `${topic.replicationFactor}`,
  `${topic.parts.some(({ atMost }) => atMost) ? "≤ " : ""}${count(sum(topic, "records"))}`,
  bytesText(sum(topic, "bytes")),
  offsetsText(topic),
];

const landing = ({ positions }: GroupPlan): string => {
  const of = (lands: string) => positions.filter((one) => one.lands === lands);
  const earlier = of("earlier");
  const parts = [
    [of("exact").length, "exactly"],
    [of("translated").length, "exactly, at new offsets"],
    [earlier.length, `earlier, by ${count(earlier.reduce((all, { by = 0 }) => all + by, 0))} records`],
    [of("kept").length, "kept as they are"],
    [of("not").length, "not"],
  ] as const;
  return parts.flatMap(([many, how]) => (many > 0 ? `${many} ${how}` : [])).join(", ");
};

const limited = (lines: readonly string[]): readonly string[] =>
  lines.length <= MOST_LINES
    ? lines
    : [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more (--json has all)`];

/** A plan as people read it: what comes, what it does to what is there, where groups land, why not. */
export function planLines(plan: RestorePlan): readonly string[] {
  const { totals } = plan;
  const notes = plan.topics.flatMap((topic) => [
    ...topic.notes.map((note) => `${topic.target}: ${note}`),
    ...topic.parts.flatMap(({ partition, why }) => (why === undefined ? [] : `${topic.target}-${partition}: ${why}`)),
  ]);
  const why = plan.groups.flatMap(({ target, refused, positions }) => [
    ...(refused === undefined ? [] : [`${target}: ${refused}`]),
    ...positions.flatMap((one) =>
      one.why === undefined ? [] : `${target} on ${one.topic}-${one.partition}: ${one.why}`,
    ),
  ]);
  return [
    ...facts([
      ["point", `${plan.point.id} of ${plan.point.plan}, cut ${stamp(plan.point.cutAt)}`],
      [
        "into",
        `cluster ${plan.cluster.id}, ${plan.cluster.brokers} ${plan.cluster.brokers === 1 ? "broker" : "brokers"}`,
      ],
      [
        "brings",
        `${count(totals.records)} records (${bytesText(totals.bytes)}) in ${totals.partitions} partitions of ${totals.topics} topics, ${totals.created} of them new`,
      ],
      [
        "offsets",
        totals.padded + totals.markers === 0
          ? undefined
          : `${count(totals.padded)} filled and deleted before, ${count(totals.markers)} markers in between`,
      ],
      ["rules", `${plan.acls} access rules, ${plan.quotas} quotas, ${plan.schemas} schemas`],
      ["takes", `about ${formatDuration(totals.estimateMs)}`],
    ]),
    "",
    ...(plan.topics.length === 0
      ? ["no topics"]
      : table([["TOPIC", "WHAT", "PARTITIONS", "RF", "RECORDS", "SIZE", "OFFSETS"], ...plan.topics.map(topicRow)])),
    ...(plan.groups.length === 0
      ? []
      : [
          "",
          ...table([
            ["GROUP", "LANDS"],
            ...plan.groups.map((one) => [one.target, one.refused === undefined ? landing(one) : "refused"]),
          ]),
        ]),
    ...(plan.jobs.length === 0
      ? []
      : [
          "",
          ...table([
            ["JOB", "SAVEPOINT", "WHY"],
            ...plan.jobs.map((one) => [one.name, one.matches ? "fits" : "does not fit", one.why]),
          ]),
        ]),
    ...(notes.length + why.length === 0 ? [] : ["", ...limited([...notes, ...why]).map(plain)]),
    ...(plan.missing?.length
      ? [
          "",
          ...limited(
            plan.missing.map(({ key, why: told }) => plain(`missing: ${key === "" ? "" : `${key}: `}${told}`)),
          ),
        ]
      : []),
    ...(plan.warnings.length === 0 ? [] : ["", ...plan.warnings.map((one) => plain(`warning: ${one}`))]),
    ...(plan.refusals.length === 0
      ? []
      : ["", ...plan.refusals.map(({ path, why: told }) => plain(`refused: ${path}: ${told}`))]),
  ];
}

/** What became of a restore. */
export function restoreLines({ job, groups = [], faults = [], compared }: BackupRestoreDetailView): readonly string[] {
  const differing = compared.reduce((sum, one) => sum + one.differences, 0);
  const set = groups.flatMap(({ positions }) => positions).filter(({ verified }) => verified).length;
  return [
    ...facts([
      ["restore", `${job.id}: ${job.phase}`],
      ["point", job.point],
      ["brought", `${count(job.so.records)} records, ${bytesText(job.so.bytes)}, in ${job.so.partitions} partitions`],
      ["groups", `${job.so.groups} set, ${set} positions read back`],
      [
        "compared",
        compared.length === 0
          ? undefined
          : `${count(compared.reduce((sum, one) => sum + one.found, 0))} records: ${differing === 0 ? "no difference" : `${count(differing)} differences`}`,
      ],
      ["said", job.result],
    ]),
    ...[...new Set([...faults, ...job.faults])].map((one) => plain(`fault: ${one}`)),
    ...compared.flatMap(({ examples }) => examples.map((one) => plain(`  ${one}`))),
  ];
}
