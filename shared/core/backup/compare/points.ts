import { canonical, type Json } from "../../kernel/json.ts";
import type { ConfigPart, FlinkPart, KafkaPart, SchemasPart } from "../format/types.ts";
import { changes, topicDiffs } from "./topics.ts";
import type { Change, ConfigDiff, GroupDiff, JobDiff, OpenPoint, PointDiff } from "./types.ts";

const text = (value: unknown): string => canonical(value as Json);

function groupDiffs(from: KafkaPart | undefined, to: KafkaPart | undefined): readonly GroupDiff[] {
  const positions = (part: KafkaPart | undefined) =>
    new Map(
      part?.groups.map(({ id, offsets }) => [
        id,
        new Map(offsets.map(({ topic, partition, offset }) => [`${topic}\n${partition}`, offset])),
      ]),
    );
  const [was, is] = [positions(from), positions(to)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((id): GroupDiff[] => {
    const [a, b] = [was.get(id), is.get(id)];
    const moved = changes(a ?? new Map<string, number>(), b ?? new Map<string, number>());
    if (a && b && moved.length === 0) return [];
    return [
      {
        id,
        kind: !a ? "added" : !b ? "removed" : "moved",
        // A position that is on one side only did not move by anything.
        by: moved.reduce(
          (sum, one) => sum + (one.from === undefined || one.to === undefined ? 0 : one.to - one.from),
          0,
        ),
        partitions: moved.map(({ name, ...ends }) => {
          const [topic, partition] = name.split("\n") as [string, string];
          return { topic, partition: Number(partition), ...ends };
        }),
      },
    ];
  });
}

function jobDiffs(from: FlinkPart | undefined, to: FlinkPart | undefined): readonly JobDiff[] {
  const facts = (part: FlinkPart | undefined) =>
    new Map(
      part?.jobs.map((job) => [
        job.name,
        new Map<string, string>([
          ["id", job.id],
          ["state", job.state],
          ["arguments", text(job.arguments)],
          ...Object.entries(job.configuration).map(([key, value]): [string, string] => [`configuration.${key}`, value]),
          ...[
            ["parallelism", job.parallelism],
            ["max parallelism", job.maxParallelism],
            ["entry class", job.entryClass],
            ["jar", job.jar?.sha256 ?? job.jar?.name],
            ["savepoint", job.savepoint?.path],
            ["failure", job.failure],
          ].flatMap(([key, value]): [string, string][] => (value === undefined ? [] : [[String(key), String(value)]])),
        ]),
      ]),
    );
  const [was, is] = [facts(from), facts(to)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((name): JobDiff[] => {
    const [a, b] = [was.get(name), is.get(name)];
    if (!a || !b) return [{ name, kind: a ? "removed" : "added", changes: [] }];
    const changed = changes(a, b);
    return changed.length === 0 ? [] : [{ name, kind: "changed", changes: changed }];
  });
}

function configDiffs(from: ConfigPart | undefined, to: ConfigPart | undefined): readonly ConfigDiff[] {
  const hashes = (part: ConfigPart | undefined) =>
    new Map(part?.items.map(({ kind, name, sha256 }) => [`${kind}\n${name}`, sha256]));
  return changes(hashes(from), hashes(to)).map(({ name: key, from: was, to: is }) => {
    const [kind, name] = key.split("\n") as [string, string];
    return {
      kind,
      name,
      change: was === undefined ? "added" : is === undefined ? "removed" : "changed",
      ...(was === undefined ? {} : { from: was }),
      ...(is === undefined ? {} : { to: is }),
    };
  });
}

function schemaDiffs(from: SchemasPart | undefined, to: SchemasPart | undefined): readonly Change<string>[] {
  const versions = (part: SchemasPart | undefined) =>
    new Map(
      part?.subjects.map(({ subject, compatibility, versions: all }) => [
        subject,
        `${all.map(({ version, id }) => `${version} (id ${id})`).join(", ")}${compatibility ? `, ${compatibility}` : ""}`,
      ]),
    );
  return changes(versions(from), versions(to));
}

/**
 * What is different in one point, seen from another of the same or another plan. Values of configuration are never told, sealed or not: their hashes are.
 * Hashes of sealed items are those of what was sealed.
 */
export function diffPoints(from: OpenPoint, to: OpenPoint): PointDiff {
  const [a, b] = [from.manifest, to.manifest];
  const acls = [from, to].map(({ kafka }) => new Set(kafka?.acls.map(text)));
  const quotas = [from, to].map(
    ({ kafka }) => new Map(kafka?.quotas.map((one) => [text(one.entity), text(one.values)])),
  );
  const told = new Set(a.gaps.map(text));
  const parts = {
    ...topicDiffs(from.kafka, to.kafka),
    groups: groupDiffs(from.kafka, to.kafka),
    jobs: jobDiffs(from.flink, to.flink),
    config: configDiffs(from.config, to.config),
    schemas: schemaDiffs(from.schemas, to.schemas),
    acls: {
      added: [...(acls[1] ?? [])].filter((one) => !acls[0]?.has(one)).sort(),
      removed: [...(acls[0] ?? [])].filter((one) => !acls[1]?.has(one)).sort(),
    },
    quotas: changes(quotas[0] ?? new Map<string, string>(), quotas[1] ?? new Map<string, string>()),
    gaps: b.gaps.filter((gap) => !told.has(text(gap))),
  };
  const { topics, groups, jobs, config, schemas, gaps } = parts;
  return {
    from: { id: a.id, cutAt: a.cutAt },
    to: { id: b.id, cutAt: b.cutAt },
    apartMs: b.cutAt - a.cutAt,
    ...parts,
    same:
      [topics, groups, jobs, config, schemas, gaps, parts.quotas].every((list) => list.length === 0) &&
      parts.acls.added.length + parts.acls.removed.length === 0,
  };
}
