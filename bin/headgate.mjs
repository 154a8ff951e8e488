#!/usr/bin/env node
// Plain JavaScript that every Node since 18 can read: it finds a Node that can run the rest, or says in one line what to do.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NEEDED = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// From a clone the sources run as they are (type stripping); the packed package holds them bundled, because Node strips
// no types below node_modules.
const source = join(root, "cli", "main.ts");
const entry = existsSync(source) ? source : join(root, "dist", "cli.js");

// `npm run headgate` runs in the package's folder; paths are meant from where it was called.
const calledIn = process.env["npm_lifecycle_event"] === "headgate" ? process.env["INIT_CWD"] : undefined;
if (calledIn && existsSync(calledIn)) process.chdir(calledIn);

/** The Node that the npm package `node` brought along, wherever npm put it. */
function bundledNode() {
  try {
    const manifest = createRequire(join(root, "package.json")).resolve("node/package.json");
    const binary = join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

async function main() {
  if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
    // Warnings of Node about itself (experimental parts) are not the user's business; ours go to standard error anyway.
    process.removeAllListeners("warning");
    process.on("warning", (warning) => {
      if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.name}: ${warning.message}\n`);
    });
    if (process.env["HEADGATE_WRAPPED"] && process.channel) {
      delete process.env["HEADGATE_WRAPPED"];
      process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
      process.channel.unref();
    }
    await import(pathToFileURL(entry).href);
    return;
  }
  const node = bundledNode();
  if (!node) {
    const why = `headgate needs Node ${NEEDED} or newer and this is ${process.version}`;
    // Only a clone has the package `node`; where npm runs no install scripts its binary is missing after "npm ci" as well.
    const help =
      entry === source
        ? `; "npm ci" in ${root} brings one along, and so does "npm rebuild node" where npm blocked its script`
        : "";
    process.stderr.write(`${why}: install it${help}.\n`);
    process.exitCode = 2;
    return;
  }
  // Scraping makes much short-lived memory: small young generations give it back (331 MB instead of 441 with 100,000 series).
  const small = process.argv[2] === "start" ? ["--max-semi-space-size=8"] : [];
  const child = spawn(node, [...small, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    // The channel carries nothing; its end tells the child that this process is gone, however it went.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, HEADGATE_WRAPPED: "1" },
  });
  const signals = ["SIGTERM", "SIGHUP", "SIGINT"];
  for (const signal of signals) {
    // On a terminal Ctrl-C reaches the whole foreground group by itself; once more would read as impatience.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on("error", (error) => {
    process.stderr.write(`headgate: ${node} could not be started: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    for (const one of signals) process.removeAllListeners(one);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

await main();
