import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { run } from "./install.ts";

/** Puts latency, cuts and narrow lines between two processes of this machine. */
export const TOXIPROXY = "2.12.0";

/** Its server in the folder's `bin`, built from the Go module: its checksum is in Go's public log. */
export function installToxiproxy(folder: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  run("go", ["install", `github.com/Shopify/toxiproxy/v2/cmd/server@v${TOXIPROXY}`], folder, { GOBIN: bin });
  renameSync(join(bin, "server"), join(bin, "toxiproxy"));
  run(join(bin, "toxiproxy"), ["-version"], folder);
}
