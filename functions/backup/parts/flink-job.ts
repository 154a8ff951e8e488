import { concealArguments, concealSettings } from "../../../shared/core/backup/concealed.ts";
import { autoUids } from "../../../shared/core/backup/flink-uids.ts";
import type { JobClusterDetails, JobDetails, JobStatus } from "../../../shared/core/ports/jobs.ts";
import type { Streams } from "../../../shared/core/ports/streams.ts";
import { hashFile } from "../../../shared/edge/hash-file.ts";
import type { OwnProgram } from "./flink-own.ts";
import type { FlinkJobPart } from "./flink-types.ts";

export interface JobSeen {
  readonly job: FlinkJobPart;
  readonly warnings: readonly string[];
}

/** Of the cluster's settings those that decide how a job's state is read again. */
const MATTERS = /^(state\.|execution\.|restart-strategy|parallelism\.|pipeline\.|table\.|s3\.entropy)/;

/** Everything but the savepoint: what a person, or a restore, needs to start the job again. */
export async function describeJob(
  status: Pick<JobStatus, "id" | "name" | "state" | "parallelism">,
  details: JobDetails | undefined,
  about: JobClusterDetails,
  offsets: FlinkJobPart["offsets"],
  own?: OwnProgram,
): Promise<JobSeen> {
  const { id, name, state, parallelism } = status;
  const cluster = Object.entries(about.settings).filter(([key]) => MATTERS.test(key));
  const { settings, hidden } = concealSettings({ ...Object.fromEntries(cluster), ...details?.configuration });
  const program = await programOf(about, own);
  const { arguments: args, hidden: taken } = concealArguments(program.arguments);
  const auto = autoUids(details?.vertices ?? []);
  const operators = (details?.vertices ?? []).map((one) => ({ id: one.id, name: one.name, auto: auto.has(one.id) }));
  const unnamed = operators.filter((one) => one.auto).length;
  const warnings = [
    ...(unnamed === 0
      ? []
      : [
          `job ${name}: ${unnamed} of ${operators.length} operators have no uid of their own; a changed program may not find its state again`,
        ]),
    ...(hidden.length === 0 ? [] : [`job ${name}: values that may be secret were left out: ${hidden.join(", ")}`]),
    ...(taken === 0 ? [] : [`job ${name}: ${taken} arguments that may be secret were left out`]),
  ];
  const { maxParallelism } = details ?? {};
  return {
    job: {
      ...{ id, name, state, arguments: args, configuration: settings, operators, offsets },
      ...(parallelism === undefined ? {} : { parallelism }),
      ...(maxParallelism === undefined ? {} : { maxParallelism }),
      ...(program.entryClass === undefined ? {} : { entryClass: program.entryClass }),
      ...(program.jar ? { jar: program.jar } : {}),
    },
    warnings,
  };
}

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
/** Lists in Flink's configuration: "a;b", or a YAML list in one line. */
const listed = (text: string | undefined): readonly string[] =>
  (text ?? "")
    .replace(/^\[|\]$/g, "")
    .split(/\s*[;,]\s*/)
    .map((one) => one.replace(/^(['"])(.*)\1$/, "$2"))
    .filter((one) => one !== "");

/**
 * What a rollout of ours started is known. An application cluster tells its program in its configuration. A session cluster does not say which jar a job came from: where there is only one, it is that one.
 */
async function programOf(
  { settings, jars }: JobClusterDetails,
  given?: OwnProgram,
): Promise<{
  readonly entryClass?: string;
  readonly arguments: readonly string[];
  readonly jar?: NonNullable<FlinkJobPart["jar"]>;
}> {
  if (given) {
    const { jarFile, jarId, entryClass } = given;
    const sha256 = jarFile === undefined ? undefined : await hashFile(jarFile);
    const start = sha256 === undefined ? undefined : `-${sha256.slice(0, 16)}.jar`;
    // An upload is named by the file and the beginning of its hash.
    const there = jars.find(({ id, name }) => (start === undefined ? id === jarId : name.endsWith(start)));
    const name = there?.name ?? (jarFile === undefined ? jarId : fileName(jarFile));
    return {
      ...(entryClass === undefined ? {} : { entryClass }),
      arguments: given.arguments,
      ...(name === undefined ? {} : { jar: { name, ...(sha256 === undefined ? {} : { sha256 }) } }),
    };
  }
  const main = settings["$internal.application.main"];
  const args = listed(settings["$internal.application.program-args"]);
  const [own] = listed(settings["pipeline.jars"]);
  const only = jars.length === 1 ? jars[0] : undefined;
  const path =
    own?.replace(/^(?:file|local):\/*/, "/") ??
    (only && settings["web.upload.dir"] ? `${settings["web.upload.dir"]}/flink-web-upload/${only.id}` : undefined);
  const name = own === undefined ? only?.name : fileName(own);
  const sha256 = path === undefined ? undefined : await hashFile(path);
  const entryClass = main ?? (own === undefined ? only?.entryClass : undefined);
  return {
    ...(entryClass === undefined ? {} : { entryClass }),
    arguments: args,
    ...(name === undefined ? {} : { jar: { name, ...(sha256 === undefined ? {} : { sha256 }) } }),
  };
}

/** What a group had committed, before the savepoint was asked for, and where its topics ended. */
export async function offsetsOf(streams: Streams, group: string): Promise<FlinkJobPart["offsets"]> {
  const [found] = await streams.groups([group]);
  const committed = new Map(found?.offsets.map((one) => [`${one.partition} ${one.topic}`, one.offset]) ?? []);
  const names = new Set(found?.offsets.map(({ topic }) => topic) ?? []);
  if (names.size === 0) return [];
  const partitions = (await streams.topics())
    .filter(({ name }) => names.has(name))
    .flatMap((topic) => topic.partitions.map(({ partition }) => ({ topic: topic.name, partition })));
  return (await streams.offsets(partitions)).map(({ topic, partition, stable }) => {
    const at = committed.get(`${partition} ${topic}`);
    return { topic, partition, ...(at === undefined ? {} : { committed: at }), end: stable };
  });
}
