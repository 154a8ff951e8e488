import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { partFolder } from "./parts.ts";

/** Another distribution can be tried by naming its folder of jars. */
export const FLINK_LIB = process.env["HEADGATE_FLINK_LIB"] ?? join(partFolder("flink"), "lib");
/** The Kafka connector; other distributions come without one. */
const FLINK_KAFKA = join(partFolder("flink"), "kafka");
const CLASSPATH = `${join(FLINK_LIB, "*")}:${join(FLINK_KAFKA, "*")}`;
const SOURCE = fileURLToPath(new URL("./flink/Numbers.java", import.meta.url));

/** Why the tests are skipped; undefined where a cluster can be started. */
export const missingFlink = (): string | undefined =>
  existsSync(FLINK_LIB) ? undefined : "flink is not installed: see what npm run test:peers says";

/** Why jobs that read Kafka cannot run. */
export const missingFlinkKafka = (): string | undefined =>
  missingFlink() ?? (existsSync(FLINK_KAFKA) ? undefined : "Flink's Kafka connector is not installed");

/** A session cluster of one job manager and one task manager on loopback, and a job that counts. */
export interface FlinkCluster {
  readonly url: string;
  /** The job's jar; another content; one without the program. */
  readonly jar: string;
  readonly otherJar: string;
  readonly brokenJar: string;
  readonly folder: string;
  /** kill -9 of the job manager, and a new one in its place: it knows of nothing. */
  killJobManager(): Promise<void>;
  /** kill -9 of the job manager, and nobody in its place. */
  loseJobManager(): Promise<void>;
  stop(): Promise<void>;
}

/** What Flink's own scripts open on Java 17. */
const OPENS = ["lang", "util", "net", "nio", "time", "io", "util.concurrent"].map(
  (part) => `--add-opens=java.base/java.${part}=ALL-UNNAMED`,
);

export interface FlinkOptions {
  /** The scheduler that rescales a running job. */
  readonly adaptive?: boolean;
  /** Small buffers: what cannot be worked on soon holds up the source. */
  readonly tight?: boolean;
}

export async function startFlink(options: FlinkOptions = {}): Promise<FlinkCluster> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-flink-"));
  const conf = join(folder, "conf");
  mkdirSync(conf);
  const [rest, rpc] = [await freePort(), await freePort()];
  writeFileSync(
    join(conf, "config.yaml"),
    settings(folder, rest, rpc) + (options.adaptive ? ADAPTIVE : "") + (options.tight ? TIGHT : ""),
  );
  writeFileSync(
    join(conf, "log4j.properties"),
    "rootLogger.level = WARN\nrootLogger.appenderRef.c.ref = C\nappender.c.name = C\nappender.c.type = CONSOLE\n",
  );
  const jars = compile(folder);
  const url = `http://127.0.0.1:${rest}`;
  const children = new Set<ChildProcess>();
  let said = "";
  const java = (main: string, ...more: readonly string[]): ChildProcess => {
    const logs = `-Dlog4j.configurationFile=file:${join(conf, "log4j.properties")}`;
    const args = [
      "-Xmx200m",
      "-XX:TieredStopAtLevel=1",
      logs,
      ...OPENS,
      "-cp",
      CLASSPATH,
      main,
      "--configDir",
      conf,
      ...more,
    ];
    const child = spawn("java", args, { stdio: ["ignore", "pipe", "pipe"] });
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-20_000);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    children.add(child);
    return child;
  };
  const end = async (child: ChildProcess) => {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGKILL");
    await gone;
  };
  const up = () =>
    [
      java("org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint", "--executionMode", "cluster"),
      java("org.apache.flink.runtime.taskexecutor.TaskManagerRunner"),
    ] as const;
  const ready = async () => {
    for (let tries = 0; tries < 300; tries += 1) {
      const slots = await fetch(`${url}/overview`)
        .then((answer) => answer.json() as Promise<{ "slots-total"?: number }>)
        .then((overview) => overview["slots-total"] ?? 0)
        .catch(() => 0);
      if (slots > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`the cluster did not come up:\n${said}`);
  };
  let [jobManager, taskManager] = up();
  const stop = async () => {
    await Promise.all([...children].map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    ...jars,
    folder,
    killJobManager: async () => {
      await Promise.all([end(jobManager), end(taskManager)]);
      [jobManager, taskManager] = up();
      await ready();
    },
    loseJobManager: () => end(jobManager),
    stop,
  };
}

const settings = (folder: string, rest: number, rpc: number): string => `
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: ${rpc}
jobmanager.bind-host: 127.0.0.1
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: ${rest}
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: 4
taskmanager.cpu.cores: 1
taskmanager.memory.task.heap.size: 96m
taskmanager.memory.managed.size: 16m
taskmanager.memory.network.min: 32m
taskmanager.memory.network.max: 32m
taskmanager.memory.framework.heap.size: 64m
taskmanager.memory.framework.off-heap.size: 32m
taskmanager.memory.task.off-heap.size: 16m
taskmanager.memory.jvm-metaspace.size: 128m
taskmanager.memory.jvm-overhead.min: 32m
taskmanager.memory.jvm-overhead.max: 32m
metrics.fetcher.update-interval: 200
web.refresh-interval: 100
execution.checkpointing.dir: file://${folder}/checkpoints
state.checkpoints.dir: file://${folder}/checkpoints
web.tmpdir: ${folder}
io.tmp.dirs: ${folder}
restart-strategy.type: fixed-delay
restart-strategy.fixed-delay.attempts: 100
restart-strategy.fixed-delay.delay: 200 ms
`;

/** A rescale right away, as a test has no time for Flink's half minute between two. */
const ADAPTIVE = `
jobmanager.scheduler: adaptive
jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling: 500 ms
jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout: 500 ms
jobmanager.adaptive-scheduler.submission.resource-stabilization-timeout: 500 ms
jobmanager.adaptive-scheduler.rescale-trigger.max-delay: 2 s
`;

const TIGHT = `
taskmanager.memory.segment-size: 4kb
taskmanager.network.memory.floating-buffers-per-gate: 2
`;

/** The program whose work takes a time, as a jar. */
export function compilePaced(folder: string): string {
  const classes = join(folder, "paced");
  mkdirSync(classes);
  const source = fileURLToPath(new URL("./flink/Paced.java", import.meta.url));
  execFileSync("javac", ["-nowarn", "-proc:none", "-cp", join(FLINK_LIB, "*"), "-d", classes, source], {
    stdio: "pipe",
  });
  execFileSync("jar", ["cf", join(folder, "paced.jar"), "-C", classes, "."], { stdio: "pipe" });
  return join(folder, "paced.jar");
}

/** The program that adds up what it reads from Kafka, as a jar that needs no arguments. */
export function compileSums(folder: string, brokers: string): string {
  const own = join(folder, "sums");
  const classes = join(own, "classes");
  mkdirSync(classes, { recursive: true });
  const text = readFileSync(new URL("./flink/Sums.java", import.meta.url), "utf8");
  writeFileSync(join(own, "Sums.java"), text.replace("@brokers@", brokers));
  const flags = ["-nowarn", "-proc:none", "-cp", CLASSPATH, "-d", classes];
  execFileSync("javac", [...flags, join(own, "Sums.java")], { stdio: "pipe" });
  execFileSync("jar", ["cfe", join(own, "sums.jar"), "Sums", "-C", classes, "."], { stdio: "pipe" });
  return join(own, "sums.jar");
}

/** The job, the job with another content, and a jar without it. */
function compile(folder: string): Pick<FlinkCluster, "jar" | "otherJar" | "brokenJar"> {
  const classes = join(folder, "classes");
  mkdirSync(classes);
  execFileSync("javac", ["-nowarn", "-proc:none", "-cp", join(FLINK_LIB, "*"), "-d", classes, SOURCE], {
    stdio: "pipe",
  });
  writeFileSync(join(folder, "note.txt"), "built anew");
  mkdirSync(join(folder, "other"));
  const pack = (path: string, ...what: readonly string[]) => {
    execFileSync("jar", ["cf", path, ...what], { stdio: "pipe" });
    return path;
  };
  return {
    jar: pack(join(folder, "numbers.jar"), "-C", classes, "."),
    otherJar: pack(join(folder, "other", "numbers.jar"), "-C", classes, ".", "-C", folder, "note.txt"),
    brokenJar: pack(join(folder, "broken.jar"), "-C", folder, "note.txt"),
  };
}

export interface Counted {
  /** Numbers between the first and the last that nobody wrote. */
  readonly missing: number;
  /** Numbers that were written more than once, by the versions that wrote them. */
  readonly twice: readonly string[];
  readonly last: number;
  /** Versions that wrote any. */
  readonly versions: readonly string[];
}

/** Counts what the job's sink has committed: files that are not hidden. */
export function count(out: string): Counted {
  const by = new Map<number, string[]>();
  const walk = (folder: string) => {
    for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (!entry.name.startsWith(".") && !entry.name.startsWith("_"))
        for (const line of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
          const [number = "", version = ""] = line.split(" ");
          const known = by.get(Number(number));
          if (known) known.push(version);
          else by.set(Number(number), [version]);
        }
    }
  };
  walk(out);
  const last = Math.max(-1, ...by.keys());
  const twice = [...by.values()].filter((versions) => versions.length > 1).map((versions) => versions.sort().join("+"));
  const versions = [...new Set([...by.values()].flat())].sort();
  return { missing: last + 1 - by.size, twice: [...new Set(twice)].sort(), last, versions };
}
