import type { RestoreRequest, Slice } from "../shared/core/backup/restore/types.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { type Given, type Option, text, texts } from "./command.ts";
import { UsageError } from "./errors.ts";

const HELP = "headgate backup restore --help";

export const RESTORE_OPTIONS: readonly Option[] = [
  { name: "topic", value: "PATTERN", many: true, about: "only these topics, * and ? allowed (default: all)" },
  { name: "exclude", value: "PATTERN", many: true, about: "not these topics" },
  {
    name: "slice",
    value: "[TOPIC:]PARTITION[:FROM..TO]",
    many: true,
    about: "only this partition, or these offsets of it (TO is not included)",
  },
  { name: "since", value: "INSTANT", about: "only records with this timestamp or a later one" },
  { name: "until", value: "INSTANT", about: "only records before this timestamp" },
  { name: "record-key", value: "KEY", many: true, about: "only records with this key (base64:… for bytes)" },
  { name: "rename", value: "TOPIC=NAME", many: true, about: "restore a topic under another name" },
  { name: "prefix", value: "TEXT", about: "set before the name of every topic that is not renamed" },
  {
    name: "offsets",
    value: "keep|translate",
    about: "keep: as they were (default); translate: new ones, with the origin in headers",
  },
  {
    name: "group",
    value: "PATTERN",
    many: true,
    about: "positions of these groups (default: all of what is restored)",
  },
  { name: "no-groups", about: "no positions of groups" },
  { name: "rename-group", value: "GROUP=NAME", many: true, about: "set a group's positions under another name" },
  { name: "group-prefix", value: "TEXT", about: "set before the name of every group that is not renamed" },
  { name: "keep-groups", about: "positions that a group has already stay" },
  {
    name: "existing",
    value: "refuse|continue|append",
    about:
      "a topic that holds records which are not this point's: refuse (default), go on at its end, or add behind them",
  },
  { name: "replication-factor", value: "N", about: "instead of what the topics had" },
  { name: "hold-retention", about: "leave retention off, so that nothing old is deleted until somebody sets it" },
  { name: "no-acls", about: "no access rules" },
  { name: "no-quotas", about: "no quotas" },
  { name: "no-schemas", about: "no schemas" },
  { name: "jobs", about: "start Flink jobs from their savepoints" },
  { name: "pad-limit", value: "N", about: "offsets before the first record that are filled, each partition" },
  { name: "marker-limit", value: "N", about: "offsets between records that become markers, each partition" },
];

function oneOf<T extends string>(options: Given, name: string, allowed: readonly T[]): T | undefined {
  const given = text(options, name);
  if (given === undefined || (allowed as readonly string[]).includes(given)) return given as T | undefined;
  throw new UsageError(`--${name} ${JSON.stringify(given)} is none of ${allowed.join(", ")}`, HELP);
}

function whole(options: Given, name: string, most: number): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  if (/^\d{1,16}$/.test(given) && Number(given) <= most) return Number(given);
  throw new UsageError(`--${name} ${JSON.stringify(given)} is no whole number 0..${most}`, HELP);
}

function pairs(options: Given, name: string): readonly { readonly from: string; readonly to: string }[] {
  return texts(options, name).map((given) => {
    const at = given.indexOf("=");
    if (at < 1 || at === given.length - 1)
      throw new UsageError(`--${name} ${JSON.stringify(given)} is not of the form OLD=NEW`, HELP);
    return { from: given.slice(0, at), to: given.slice(at + 1) };
  });
}

/** "orders:3:100..200", "3:100..", "orders:3", "3". A topic's name has no colon. */
export function sliceOf(given: string): Slice {
  const match = /^(?:([^:]+):)?(\d{1,9})(?::(\d{0,16})\.\.(\d{0,16}))?$/.exec(given);
  const [, topic, partition, from, to] = match ?? [];
  if (partition === undefined || (from === "" && to === ""))
    throw new UsageError(
      `--slice ${JSON.stringify(given)} is not of the form [TOPIC:]PARTITION[:FROM..TO], such as orders:3:1000..2000`,
      HELP,
    );
  return {
    ...(topic === undefined ? {} : { topic }),
    partition: Number(partition),
    ...(from ? { from: Number(from) } : {}),
    ...(to ? { to: Number(to) } : {}),
  };
}

function instantOf(options: Given, name: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const at = /^\d{12,16}$/.test(given) ? Number(given) : parseInstant(given)?.at;
  if (at !== undefined) return at;
  throw new UsageError(
    `--${name} ${JSON.stringify(given)} is no instant such as 2026-11-23T07:30:00Z, or epoch milliseconds`,
    HELP,
  );
}

/** What is asked for on the command line. @throws UsageError */
export function requestOf(options: Given): RestoreRequest {
  const [since, until] = [instantOf(options, "since"), instantOf(options, "until")];
  if (since !== undefined && until !== undefined && since >= until)
    throw new UsageError("--since has to be before --until", HELP);
  if (options["no-groups"] === true && texts(options, "group").length > 0)
    throw new UsageError("--no-groups and --group exclude each other", HELP);
  const [topics, exclude, keys, groups] = ["topic", "exclude", "record-key", "group"].map((name) =>
    texts(options, name),
  );
  const slices = texts(options, "slice").map(sliceOf);
  const [rename, renameGroups] = [pairs(options, "rename"), pairs(options, "rename-group")];
  const [prefix, groupPrefix] = [text(options, "prefix"), text(options, "group-prefix")];
  const offsets = oneOf(options, "offsets", ["keep", "translate"]);
  const existing = oneOf(options, "existing", ["refuse", "continue", "append"]);
  const replicationFactor = whole(options, "replication-factor", 100);
  const [pad, markers] = [
    whole(options, "pad-limit", Number.MAX_SAFE_INTEGER),
    whole(options, "marker-limit", Number.MAX_SAFE_INTEGER),
  ];
  return {
    ...(topics?.length ? { topics } : {}),
    ...(exclude?.length ? { exclude } : {}),
    ...(slices.length > 0 ? { slices } : {}),
    ...(since !== undefined || until !== undefined
      ? { time: { ...(since === undefined ? {} : { from: since }), ...(until === undefined ? {} : { to: until }) } }
      : {}),
    ...(keys?.length ? { keys } : {}),
    ...(rename.length > 0 ? { rename } : {}),
    ...(prefix === undefined ? {} : { prefix }),
    ...(offsets ? { offsets } : {}),
    ...(options["no-groups"] === true ? { groups: "none" as const } : groups?.length ? { groups } : {}),
    ...(renameGroups.length > 0 ? { renameGroups } : {}),
    ...(groupPrefix === undefined ? {} : { groupPrefix }),
    ...(options["keep-groups"] === true ? { existingGroups: "keep" as const } : {}),
    ...(existing ? { existing } : {}),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(options["hold-retention"] === true ? { holdRetention: true } : {}),
    ...(options["no-acls"] === true ? { acls: false } : {}),
    ...(options["no-quotas"] === true ? { quotas: false } : {}),
    ...(options["no-schemas"] === true ? { schemas: false } : {}),
    ...(options["jobs"] === true ? { jobs: true } : {}),
    ...(pad === undefined && markers === undefined
      ? {}
      : { limits: { ...(pad === undefined ? {} : { pad }), ...(markers === undefined ? {} : { markers }) } }),
  };
}
