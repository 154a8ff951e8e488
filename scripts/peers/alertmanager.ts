import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, unpackDebian } from "./install.ts";

/** Newest release of the line that alerting is compatible with. */
export const ALERTMANAGER = "0.34.2";

/** Go that builds it, fetched where the machine's is older. */
const GO = "1.26.8";

/** Alertmanager and amtool in the folder's `bin`, and which version they are in `version`. */
export function installAlertmanager(folder: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  try {
    build(folder, bin);
  } catch (error) {
    // An old real one is better than none: benches run against it, tests that need what it lacks skip.
    process.stderr.write(`peers: Alertmanager ${ALERTMANAGER} cannot be built, taking Debian's (${String(error)})\n`);
    debians(folder, bin);
  }
  run(join(bin, "alertmanager"), ["--version"], folder);
  const said = run(join(bin, "amtool"), ["--version"], folder);
  writeFileSync(join(folder, "version"), /version (\d+\.\d+\.\d+)/.exec(said)?.[1] ?? "unknown");
}

/** Built from the Go module: its checksum is in Go's public log. */
function build(folder: string, bin: string): void {
  const go = goCommand(folder);
  const source = join(folder, "source");
  cpSync(moduleFolder(go, "github.com/prometheus/alertmanager", `v${ALERTMANAGER}`, folder), source, {
    recursive: true,
  });
  writable(source);
  // The module is without the built console, which the program embeds.
  const console = join(source, "ui", "app", "dist");
  mkdirSync(console, { recursive: true });
  writeFileSync(join(console, "index.html"), "<!doctype html><title>Alertmanager</title>\n");
  const stamp = `-X github.com/prometheus/common/version.Version=${ALERTMANAGER}`;
  const flags = ["-trimpath", "-buildvcs=false", "-mod=mod", "-ldflags", `-s -w ${stamp}`];
  run(go.command, ["build", ...flags, "-o", `${bin}/`, "./cmd/alertmanager", "./cmd/amtool"], source, go.env);
  for (const used of [source, join(folder, "go")]) rmSync(used, { recursive: true, force: true });
}

interface Go {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The machine's Go where it is new enough; else the one that it can fetch as a module, which Go from 1.21 does by itself. */
function goCommand(folder: string): Go {
  const version = /go(\d+)\.(\d+)/.exec(run("go", ["version"], folder));
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  const [needsMajor = 0, needsMinor = 0] = GO.split(".").map(Number);
  if (major > needsMajor || (major === needsMajor && minor >= needsMinor)) return { command: "go", env: {} };
  if (major > 1 || minor >= 21) return { command: "go", env: { GOTOOLCHAIN: `go${GO}` } };
  const arch = run("go", ["env", "GOARCH"], folder).trim();
  const old = { command: "go", env: {} };
  const root = join(folder, "go");
  cpSync(moduleFolder(old, "golang.org/toolchain", `v0.0.1-go${GO}.linux-${arch}`, folder), root, { recursive: true });
  writable(root);
  // A module's files are never executable.
  for (const tools of [join(root, "bin"), join(root, "pkg", "tool", `linux_${arch}`)])
    for (const tool of readdirSync(tools)) chmodSync(join(tools, tool), 0o755);
  return { command: join(root, "bin", "go"), env: { GOROOT: root, GOTOOLCHAIN: "local" } };
}

/** Where Go keeps a module of the proxy, fetched if need be. */
function moduleFolder({ command, env }: Go, module: string, version: string, cwd: string): string {
  const answer = JSON.parse(run(command, ["mod", "download", "-json", `${module}@${version}`], cwd, env));
  if (typeof answer.Dir !== "string") throw new Error(`go mod download said ${JSON.stringify(answer)}`);
  return answer.Dir;
}

/** Go's own copies are read-only. */
function writable(folder: string): void {
  run("chmod", ["-R", "u+w", folder], ".");
}

/** Debian's Alertmanager 0.25. It opens its default templates by an absolute path, where only root can put them. */
function debians(folder: string, bin: string): void {
  unpackDebian("prometheus-alertmanager", folder);
  const root = join(folder, "root", "usr");
  const overlay = `mount -t overlay overlay -o lowerdir=${join(root, "share")}:/usr/share /usr/share`;
  const wrapped = `#!/bin/sh
exec unshare -m sh -c '${overlay} && exec "$@"' sh ${join(root, "bin", "prometheus-alertmanager")} "$@"
`;
  writeFileSync(join(bin, "alertmanager"), wrapped, { mode: 0o755 });
  cpSync(join(root, "bin", "amtool"), join(bin, "amtool"));
}
