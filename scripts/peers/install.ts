import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Runs quietly and returns the standard output; what the tool said is shown when it fails. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: 900_000,
    env: { ...process.env, ...env },
  });
  if (status === 0) return stdout;
  const said = `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n").slice(-30).join("\n");
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit code ${status}`}\n${said}`);
}

/**
 * Debian's package, unpacked into the folder and not installed, so that nobody needs to be root. apt may have no lists on a bare
 * machine, and only root may fetch those of the machine: then lists of our own are fetched, beside the machine's settings.
 */
export function unpackDebian(name: string, folder: string): void {
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

/** A file for Maven that asks for these artifacts and nothing else. */
export function pomOf(
  dependencies: readonly { readonly group: string; readonly name: string; readonly version: string }[],
): string {
  const asked = dependencies.map(
    ({ group, name, version }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>headgate</groupId>
  <artifactId>peers</artifactId>
  <version>1</version>
  <dependencies>
    ${asked.join("\n    ")}
  </dependencies>
</project>
`;
}
