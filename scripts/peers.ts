import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** Runs quietly; what the tool said is shown when it fails. */
function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 900_000 });
  if (status === 0) return;
  const said = `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n").slice(-30).join("\n");
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit code ${status}`}\n${said}`);
}

const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>headgate</groupId>
  <artifactId>peers</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>DynamoDBLocal</artifactId>
      <version>${DYNAMODB_LOCAL}</version>
    </dependency>
  </dependencies>
</project>
`;

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
];

/**
 * Debian's package, unpacked into the folder and not installed, so that nobody needs to be root. apt may have no lists on a bare
 * machine, and only root may fetch those of the machine: then lists of our own are fetched, beside the machine's settings.
 */
function unpackDebian(name: string, folder: string): void {
  const own = (kind: string) => {
    const path = join(folder, kind);
    mkdirSync(join(path, "partial"), { recursive: true });
    return path;
  };
  try {
    run("apt-get", ["download", name], folder);
  } catch {
    const lists = ["-o", `Dir::State::Lists=${own("lists")}`, "-o", `Dir::Cache=${own("cache")}`];
    const quiet = ["--quiet", "-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User="];
    run("apt-get", [...quiet, ...lists, "update"], folder);
    run("apt-get", [...quiet, ...lists, "download", name], folder);
    for (const kind of ["lists", "cache"]) rmSync(join(folder, kind), { recursive: true, force: true });
  }
  const packages = readdirSync(folder).filter((file) => file.endsWith(".deb"));
  if (packages.length === 0) throw new Error(`apt-get downloaded no package ${name}`);
  for (const file of packages) {
    run("dpkg", ["-x", file, "root"], folder);
    rmSync(join(folder, file));
  }
}

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
