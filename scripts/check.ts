import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The static gates, all of them, in parallel; prints one line each and the output of those that fail. */
const GATES: readonly { readonly name: string; readonly command: readonly string[]; readonly needs?: string }[] = [
  { name: "biome", command: ["biome", "ci", "--error-on-warnings", "--colors=off", "."] },
  { name: "types", command: ["tsc", "--noEmit", "-p", "tsconfig.json"] },
  { name: "types of the console", command: ["tsc", "--noEmit", "-p", "console/tsconfig.json"] },
  // The SST types exist only once the platform has been installed (npm run test:infra does); there they are checked too.
  { name: "types of the stacks", command: ["tsc", "--noEmit", "-p", "tsconfig.infra.json"], needs: ".sst/platform" },
  { name: "knip", command: ["knip", "--no-progress"] },
];

interface GateResult {
  readonly name: string;
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

function runGate(name: string, command: readonly string[]): Promise<GateResult> {
  const started = performance.now();
  const [program = "", ...rest] = command;
  return new Promise((resolve) => {
    const child = spawn(join("node_modules", ".bin", program), rest, {
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    const end = (code: number, extra = "") =>
      resolve({
        name,
        code,
        output: Buffer.concat(chunks).toString() + extra,
        seconds: (performance.now() - started) / 1000,
      });
    child.on("error", (error) => end(127, error.message));
    child.on("close", (code) => end(code ?? 1));
  });
}

const started = performance.now();
const results = await Promise.all(
  GATES.map((gate) =>
    gate.needs !== undefined && !existsSync(gate.needs)
      ? {
          name: `${gate.name} (skipped: no ${gate.needs}; npm run test:infra installs it)`,
          code: 0,
          output: "",
          seconds: 0,
        }
      : runGate(gate.name, gate.command),
  ),
);
for (const result of results) {
  process.stdout.write(`${result.code === 0 ? "ok  " : "FAIL"} ${result.name} ${result.seconds.toFixed(1)} s\n`);
}
const failed = results.filter((result) => result.code !== 0);
for (const result of failed) process.stderr.write(`\n── ${result.name} ──\n${result.output}\n`);
process.stdout.write(
  `check: ${results.length - failed.length} of ${results.length} gates in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
);
process.exit(failed.length === 0 ? 0 : 1);
