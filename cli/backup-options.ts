import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { BackupConfig } from "../shared/core/backup/section.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { type Given, type Option, text, texts } from "./command.ts";
import { UsageError } from "./errors.ts";
import { faultText } from "./faults.ts";
import { type Io, plain } from "./io.ts";

/** The plan of what is written on the command line instead of a file. */
export const MANUAL = "manual";

/** Where a verb works: without any of these it asks the API. */
export const WHERE: readonly Option[] = [
  { name: "config", value: "FILE", about: "work by this headgate.yaml, in this process, without a server" },
  { name: "brokers", value: "HOST:PORT,…", about: "the Kafka cluster, without a file (plain connection)" },
  {
    name: "from",
    value: "PLACE",
    many: true,
    about: "where restore points are: a folder, s3://bucket/prefix, or a name of the file's destinations",
  },
];

/** For verbs that write restore points. */
export const TO: Option = {
  name: "to",
  value: "PLACE",
  many: true,
  about: "where restore points go, as --from; several: each gets all of it",
};

export const KEY: Option = { name: "key", value: "FILE", about: "key file, or ARN of a KMS key, for what is sealed" };

const HELP = "headgate backup --help";

const listed = (given: string): readonly string[] =>
  given
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** What a verb works by when it works in this process. */
export interface DirectSource {
  readonly config: HeadgateConfig;
  readonly baseDir: string;
  /** The file as it was written. */
  readonly applied?: { readonly text: string; readonly files: Readonly<Record<string, string>> };
  /** Plans of the file. */
  readonly plans: readonly string[];
  /** Places were named on the command line: a plan made of them. */
  readonly manual?: BackupConfig;
  /** Of the command line; seen from `baseDir`. */
  readonly key?: string;
  /** It writes restore points: a plan need not be there yet. */
  readonly writing: boolean;
}

/**
 * What is asked for on the command line; undefined: the API is asked.
 *
 * @throws HeadgateError `config.invalid` where the file has faults, which were told; UsageError
 */
export async function directly(io: Io, options: Given, writing = false): Promise<DirectSource | undefined> {
  const file = text(options, "config");
  const brokers = listed(text(options, "brokers") ?? "");
  const places = [...texts(options, "from"), ...texts(options, "to")];
  const key = keyOf(text(options, "key"));
  if (file === undefined && brokers.length === 0 && places.length === 0) {
    if (key === undefined) return undefined;
    throw new UsageError("--key is for work in this process: give --config FILE, or --brokers and a PLACE, too", HELP);
  }
  for (const broker of brokers)
    if (!/^(\[[0-9A-Fa-f:]+\]|[^\s:/]+):\d{1,5}$/.test(broker))
      throw new UsageError(`--brokers ${JSON.stringify(broker)} is no host:port`, HELP);
  const read = file === undefined ? undefined : (await import("../local/config-file.ts")).readConfigFile(file);
  for (const warning of read?.warnings ?? []) io.note(plain(`warning: ${faultText(warning, file)}`));
  const applied = read && { applied: { text: read.text, files: read.files } };
  const baseDir = file === undefined ? resolve(".") : resolve(dirname(file));
  const config = withCluster(read?.config ?? { version: 1, services: {}, autoscaling: {} }, brokers, io);
  const plans = Object.keys(config.backup ?? {});
  const named = key === undefined ? {} : { key };
  if (places.length === 0) {
    if (file === undefined)
      throw new UsageError("where are the restore points? --from or --to PLACE, or --config FILE", HELP);
    return { config: withKey(config, key), baseDir, plans, writing, ...named, ...applied };
  }
  const [{ BackupPlan }, v] = await Promise.all([import("../shared/core/backup/section.ts"), import("valibot")]);
  // As a shell means it: a folder on the command line is seen from here, not from the configuration's folder.
  const known = Object.keys(config.destinations ?? {});
  const to = places.map((place) => (known.includes(place) || /^(s3:\/\/|file:)/.test(place) ? place : resolve(place)));
  const [only] = plans.length === 1 ? plans : [];
  const base = only === undefined ? v.parse(BackupPlan, { to }) : config.backup?.[only];
  const topics = choice(options);
  const what = base && { ...base.what, ...(topics ? { topics } : {}) };
  const manual = { ...(base as BackupConfig), ...(what ? { what } : {}), to, ...(key ? { key } : {}) };
  const plan = only ?? (plans.length === 0 ? MANUAL : undefined);
  return {
    config: plan === undefined ? config : { ...config, backup: { ...config.backup, [plan]: manual } },
    ...{ baseDir, plans, manual, writing, ...named, ...applied },
  };
}

/** As a shell means it: a file is seen from here, and where it is not here, from the configuration's folder. */
function keyOf(given: string | undefined): string | undefined {
  if (given === undefined || given.startsWith("arn:")) return given;
  const path = given.replace(/^file:/, "");
  return existsSync(path) ? resolve(path) : path;
}

function choice(options: Given) {
  const [include, exclude] = [texts(options, "topic"), texts(options, "exclude")];
  if (include.length === 0 && exclude.length === 0) return undefined;
  return {
    include: include.length > 0 ? [...include] : ["*"],
    exclude: [...exclude],
    groups: { include: ["*"], exclude: [] },
    acls: true,
    quotas: true,
    schemas: true,
  };
}

const withKey = (config: HeadgateConfig, key: string | undefined): HeadgateConfig =>
  key === undefined
    ? config
    : {
        ...config,
        backup: Object.fromEntries(Object.entries(config.backup ?? {}).map(([name, plan]) => [name, { ...plan, key }])),
      };

function withCluster(config: HeadgateConfig, brokers: readonly string[], io: Io): HeadgateConfig {
  if (brokers.length === 0) return config;
  if (Object.keys(config.streams ?? {}).length > 0) io.note("--brokers: used instead of the file's clusters");
  // The file's names of clusters mean nothing any more.
  const here = Object.entries(config.backup ?? {}).map(([name, plan]) => {
    const { topics } = plan.what;
    if (!topics) return [name, plan] as const;
    const { cluster: _, ...rest } = topics;
    return [name, { ...plan, what: { ...plan.what, topics: rest } }] as const;
  });
  return {
    ...config,
    streams: { main: { kafka: { brokers: [...brokers], tls: false } } },
    ...(config.backup ? { backup: Object.fromEntries(here) } : {}),
  };
}
