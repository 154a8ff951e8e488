import type { StreamsClusterConfig } from "../../shared/core/kernel/streams-section.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import type { Telemetry } from "../../shared/shell/telemetry.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { lazyJobs } from "../lazy-jobs.ts";
import { lazyStreams } from "../lazy-streams.ts";
import { ssmParameter } from "../ssm-parameter.ts";

export interface DirectOptions {
  /** Folder of the configuration file. */
  readonly baseDir: string;
  /** Gets the log's lines. Default: nobody. */
  readonly log?: (line: string) => void;
  /** Instead of Kafka. */
  readonly streams?: (cluster: string, settings: StreamsClusterConfig) => Streams;
  readonly now?: () => number;
  readonly telemetry?: Telemetry;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface DirectRuntime {
  readonly runtime: Runtime;
  close(): Promise<void>;
}

/** A part of the control plane that a single command does not have; whoever reaches for it is told. */
const absent = <T extends object>(name: string): T =>
  new Proxy({} as T, {
    get: () => () => Promise.reject(new Error(`there is no ${name} in a command that works without a server`)),
  });

/** A runtime for one command in one process, without a server: state and journal end with it, everything that lasts lies at the destinations. */
export function directRuntime(options: DirectOptions): DirectRuntime {
  const now = options.now ?? Date.now;
  const env = options.env ?? process.env;
  const region = env["AWS_REGION"] === undefined ? {} : { region: env["AWS_REGION"] };
  const endpoint = env["HEADGATE_AWS_ENDPOINT"];
  const clients = awsClients({ ...region, ...(endpoint === undefined ? {} : { endpoint }) });
  const kafka = lazyStreams({ clients, ...region, env, baseDir: options.baseDir, parameter: ssmParameter });
  const telemetry =
    options.telemetry ?? createTelemetry({ service: "headgate", write: (line) => options.log?.(line), level: "warn" });
  const runtime: Runtime = {
    now,
    speed: 1,
    random: Math.random,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    store: memoryStore(now),
    journal: memoryJournal(),
    objects: absent("object store"),
    fleet: absent("fleet"),
    samples: absent("metrics"),
    timers: { wake: async () => undefined },
    streams: options.streams ?? kafka,
    jobs: lazyJobs({ allowLocal: true }),
    baseDir: options.baseDir,
    stage: LOCAL_STAGE,
    telemetry,
  };
  return {
    runtime,
    close: async () => {
      await kafka.close();
      await clients.close();
    },
  };
}
