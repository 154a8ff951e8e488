import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { type BrokerPlace, brokerSettings, type KafkaKeys, type KafkaSignIn } from "./kafka-settings.ts";
import { partFolder } from "./parts.ts";

/** Another distribution can be tried by naming its folder of jars. */
export const KAFKA_LIB = process.env["HEADGATE_KAFKA_LIB"] ?? join(partFolder("kafka"), "lib");

/** Why the tests are skipped; undefined where a broker can be started. */
export const missingKafka = (): string | undefined =>
  existsSync(KAFKA_LIB) ? undefined : "kafka is not installed: see what npm run test:peers says";

export interface KafkaOptions {
  /** Nodes; each is broker and controller. Default: 1. */
  readonly brokers?: number;
  /** Settings of every node, over ours. */
  readonly config?: Readonly<Record<string, string>>;
  readonly signIn?: KafkaSignIn;
  /** Clients connect with TLS; `ca` of the cluster is what they trust. */
  readonly tls?: boolean;
  /** Megabytes of each node's heap. Default: 320. */
  readonly heapMb?: number;
  /** Where its files go; not removed at the end. Default: a folder of its own, gone afterwards. */
  readonly dir?: string;
}

export interface KafkaCluster {
  /** host:port of each node, for clients. */
  readonly brokers: readonly string[];
  readonly pids: () => readonly (number | undefined)[];
  readonly dir: string;
  /** PEM file of the certificate that clients trust; with `tls`. */
  readonly ca?: string;
  /** kill -9 of a node (1 …; default: all of them). */
  kill(node?: number): Promise<void>;
  /** Starts what is dead and waits until it serves. */
  restart(node?: number): Promise<void>;
  /** Runs a tool of the distribution; its standard output. */
  tool(main: string, args: readonly string[]): string;
  stop(): Promise<void>;
}

const QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"];
const LOG_LEVELS = ["defaultLogLevel=warn", "log.kafka.server.KafkaRaftServer=info"];
const LOGS = LOG_LEVELS.map((level) => `-Dorg.slf4j.simpleLogger.${level}`);

/** A program of the distribution, to be ended by whoever started it. */
export function kafkaJava(
  main: string,
  args: readonly string[],
  heapMb: number,
  more: readonly string[] = [],
): ChildProcess {
  // The better compiler pays where much goes through, as in benches.
  const flags = [`-Xmx${heapMb}m`, ...(heapMb > 512 ? [] : QUICK), ...LOGS, ...more];
  const all = [...flags, "-cp", join(KAFKA_LIB, "*"), main, ...args];
  const child = spawn("java", all, { stdio: ["ignore", "pipe", "pipe"] });
  // A run that is broken off leaves no broker behind.
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.removeListener("exit", end));
  return child;
}

/** A Kafka cluster in KRaft mode on free loopback ports, which answers. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { brokers = 1, config = {}, signIn, heapMb = 320 } = options;
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "headgate-kafka-"));
  const places: BrokerPlace[] = [];
  for (let node = 1; node <= brokers; node += 1) {
    const [client, internal, controller] = [await freePort(), await freePort(), await freePort()];
    places.push({ node, dir: join(dir, `node-${node}`), client, internal, controller });
  }
  const keys = options.tls ? makeKeys(dir) : undefined;
  for (const place of places) {
    mkdirSync(place.dir, { recursive: true });
    writeFileSync(settingsFile(place), brokerSettings(place, places, signIn, keys, config));
  }
  format(places, signIn);
  const running = new Map<number, ChildProcess>();
  const start = (place: BrokerPlace) => startNode(place, heapMb, (child) => running.set(place.node, child));
  const chosen = (node?: number) => places.filter((place) => node === undefined || place.node === node);
  const kill = async (node?: number) => {
    await Promise.all(
      chosen(node).map(async ({ node: one }) => {
        const child = running.get(one);
        running.delete(one);
        if (child) await endNow(child);
      }),
    );
  };
  const stop = async () => {
    await kill();
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await Promise.all(places.map(start));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers: places.map(({ client }) => `127.0.0.1:${client}`),
    pids: () => places.map(({ node }) => running.get(node)?.pid),
    dir,
    ...(keys ? { ca: join(dir, "ca.pem") } : {}),
    kill,
    restart: async (node) => {
      await Promise.all(
        chosen(node)
          .filter((place) => !running.has(place.node))
          .map(start),
      );
    },
    tool: (main, args) => runTool(main, args),
    stop,
  };
}

const settingsFile = (place: BrokerPlace): string => join(place.dir, "server.properties");

/** kill -9, where it still runs. */
export async function endNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  await gone;
}

function runTool(main: string, args: readonly string[]): string {
  const flags = ["-Xmx200m", ...QUICK, ...LOGS];
  return execFileSync("java", [...flags, "-cp", join(KAFKA_LIB, "*"), main, ...args], {
    encoding: "utf8",
    stdio: "pipe",
  });
}

/** Formats the first node's folder with Kafka's own tool; the others differ from it in who they are only. */
function format(places: readonly BrokerPlace[], signIn: KafkaSignIn | undefined): void {
  const [first, ...others] = places;
  if (first === undefined) return;
  const users = signIn?.mechanism.startsWith("SCRAM") ? signIn.users : [];
  const scram = users.flatMap(({ name, password }) => [
    "--add-scram",
    `${signIn?.mechanism}=[name=${name},password=${password}]`,
  ]);
  const id = randomBytes(16).toString("base64url").replace(/^-/, "A");
  runTool("kafka.tools.StorageTool", ["format", "-t", id, "-c", settingsFile(first), ...scram]);
  const logs = (place: BrokerPlace) => join(place.dir, "logs");
  for (const other of others) {
    cpSync(logs(first), logs(other), { recursive: true });
    const file = join(logs(other), "meta.properties");
    const own = readFileSync(file, "utf8")
      .replace(/^node\.id=.*$/m, `node.id=${other.node}`)
      .replace(/^directory\.id=.*$/m, `directory.id=${randomBytes(16).toString("base64url").replace(/^-/, "A")}`);
    writeFileSync(file, own);
  }
}

/** A machine that is busy with other things takes its time. */
const START_MS = 90_000;

function startNode(place: BrokerPlace, heapMb: number, started: (child: ChildProcess) => void): Promise<void> {
  const child = kafkaJava("kafka.Kafka", [settingsFile(place)], heapMb);
  started(child);
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(() => {
      void endNow(child);
      reject(new Error(`broker ${place.node} did not come up:\n${said}`));
    }, START_MS);
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-20_000);
      if (!said.includes("Kafka Server started")) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`broker ${place.node} ended with ${code}:\n${said}`));
    });
  });
}

/** A key for 127.0.0.1, and its certificate as clients want it. */
function makeKeys(dir: string): KafkaKeys {
  mkdirSync(dir, { recursive: true });
  const [keystore, password] = [join(dir, "keys.p12"), "keystore-secret"];
  const store = ["-keystore", keystore, "-storetype", "PKCS12", "-storepass", password, "-alias", "broker"];
  const who = ["-dname", "CN=broker", "-ext", "SAN=IP:127.0.0.1,DNS:localhost", "-validity", "3650"];
  execFileSync("keytool", ["-genkeypair", "-keyalg", "EC", ...store, ...who], { stdio: "pipe" });
  const pem = execFileSync("keytool", ["-exportcert", "-rfc", ...store], { encoding: "utf8", stdio: "pipe" });
  writeFileSync(join(dir, "ca.pem"), pem);
  return { keystore, password };
}
