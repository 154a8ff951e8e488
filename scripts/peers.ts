import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ALERTMANAGER, installAlertmanager } from "./peers/alertmanager.ts";
import { FLINK, FLINK_KAFKA, installFlink } from "./peers/flink.ts";
import { pomOf, run, unpackDebian } from "./peers/install.ts";
import { installKafka, KAFKA } from "./peers/kafka.ts";
import { installToxiproxy, TOXIPROXY } from "./peers/toxiproxy.ts";
import { installTrino, TRINO } from "./peers/trino.ts";

/**
 * Installs the real parts that `npm run test:peers` runs against into .cache/peers, from the package registries, through their
 * ordinary clients. Does nothing where a part is there in the pinned version.
 */
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CACHE = join(ROOT, ".cache", "peers");
const DYNAMODB_LOCAL = "2.6.1";

interface Part {
  readonly name: string;
  /** Folder below .cache/peers. */
  readonly folder: string;
  /** Changes with everything that is installed. */
  readonly version: string;
  readonly needs: readonly { readonly command: readonly string[]; readonly get: string }[];
  readonly install: (folder: string) => void;
}

const requirements = join(ROOT, "scripts", "peers", "moto.txt");

const pom = pomOf([{ group: "com.amazonaws", name: "DynamoDBLocal", version: DYNAMODB_LOCAL }]);

const parts: readonly Part[] = [
  {
    name: "DynamoDB Local",
    folder: "dynamodb-local",
    version: DYNAMODB_LOCAL,
    needs: [
      { command: ["javac", "-version"], get: "a JDK from 17 (Debian: apt-get install default-jdk-headless)" },
      { command: ["mvn", "-version"], get: "Maven (Debian: apt-get install maven)" },
    ],
    install: (folder) => {
      writeFileSync(join(folder, "pom.xml"), pom);
      const copy = ["dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"];
      run("mvn", ["--batch-mode", "--quiet", ...copy], folder);
    },
  },
  {
    name: "moto server",
    folder: "moto",
    version: readFileSync(requirements, "utf8"),
    needs: [
      {
        command: ["python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"],
        get: "Python from 3.10 with venv (Debian: apt-get install python3 python3-venv)",
      },
    ],
    install: (folder) => {
      run("python3", ["-m", "venv", "venv"], folder);
      run(join(folder, "venv", "bin", "pip"), ["install", "--quiet", "--requirement", requirements], folder);
    },
  },
  {
    name: "Prometheus",
    folder: "prometheus",
    version: "Debian's",
    needs: [
      { command: ["apt-get", "--version"], get: "apt-get (a Debian machine)" },
      { command: ["dpkg", "--version"], get: "dpkg" },
    ],
    install: (folder) => {
      unpackDebian("prometheus", folder);
      for (const tool of ["prometheus", "promtool"])
        run(join(folder, "root", "usr", "bin", tool), ["--version"], folder);
    },
  },
  {
    name: "nginx",
    folder: "nginx",
    version: "Debian's",
    needs: [
      { command: ["apt-get", "--version"], get: "apt-get (a Debian machine)" },
      { command: ["dpkg", "--version"], get: "dpkg" },
    ],
    install: (folder) => {
      unpackDebian("nginx", folder);
      run(join(folder, "root", "usr", "sbin", "nginx"), ["-v"], folder);
    },
  },
  {
    name: "Alertmanager",
    folder: "alertmanager",
    version: ALERTMANAGER,
    needs: [
      {
        command: ["sh", "-c", "command -v go || command -v apt-get"],
        get: "Go (Debian: apt-get install golang-go), or apt-get for Debian's older one",
      },
    ],
    install: installAlertmanager,
  },
  {
    name: "toxiproxy",
    folder: "toxiproxy",
    version: TOXIPROXY,
    needs: [{ command: ["go", "version"], get: "Go from 1.21 (Debian: apt-get install golang-go)" }],
    install: installToxiproxy,
  },
  {
    name: "Flink",
    folder: "flink",
    version: `${FLINK} with Kafka ${FLINK_KAFKA}`,
    needs: [
      { command: ["javac", "-version"], get: "a JDK from 17 (Debian: apt-get install default-jdk-headless)" },
      {
        command: ["python3", "-c", "import ensurepip"],
        get: "Python with venv (Debian: apt-get install python3 python3-venv)",
      },
      { command: ["mvn", "-version"], get: "Maven (Debian: apt-get install maven)" },
    ],
    install: installFlink,
  },
  {
    name: "Kafka",
    folder: "kafka",
    version: KAFKA,
    needs: [
      { command: ["java", "-version"], get: "Java from 17 (Debian: apt-get install default-jdk-headless)" },
      { command: ["mvn", "-version"], get: "Maven (Debian: apt-get install maven)" },
    ],
    install: installKafka,
  },
  {
    name: "Trino",
    folder: "trino",
    version: TRINO,
    needs: [
      { command: ["java", "-version"], get: "Java from 17 (Debian: apt-get install default-jdk-headless)" },
      { command: ["mvn", "-version"], get: "Maven (Debian: apt-get install maven)" },
    ],
    install: installTrino,
  },
];

/** Installs one part, or says what is missing for it. The marker is written last: half an installation is made anew. */
function ensure(part: Part): string | undefined {
  const folder = join(CACHE, part.folder);
  const marker = join(folder, "installed");
  if (existsSync(marker) && readFileSync(marker, "utf8") === part.version) return undefined;
  const missing = part.needs.filter(({ command: [tool = "", ...args] }) => spawnSync(tool, args).status !== 0);
  if (missing.length > 0) return `${part.name} needs ${missing.map((one) => one.get).join(" and ")}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`peers: installing ${part.name}\n`);
  try {
    part.install(folder);
  } catch (error) {
    return `${part.name} could not be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
  writeFileSync(marker, part.version);
  return undefined;
}

const troubles = parts.map(ensure).filter((text) => text !== undefined);
for (const text of troubles) process.stderr.write(`peers: ${text}\n`);
if (troubles.length > 0) {
  // A build machine must run every peer; elsewhere the tests of a missing part skip and say so.
  const required = process.env["CI"] === "true";
  process.stderr.write(required ? "peers: all parts are needed here\n" : "peers: tests of missing parts are skipped\n");
  if (required) process.exitCode = 1;
}
