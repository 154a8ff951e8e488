import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";

/** Newest change below a path, in real epoch ms; 0 where there is nothing. */
function newest(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path).reduce((most, name) => Math.max(most, newest(join(path, name))), found.mtimeMs);
}

/** Whether `console/dist` is missing or older than its sources. An installed package has no sources: never. */
export function consoleIsStale(root: string): boolean {
  const folder = join(root, "console");
  if (!existsSync(join(folder, "src"))) return false;
  const sources = ["src", "public", "index.html", "vite.config.ts"].map((name) => newest(join(folder, name)));
  return Math.max(...sources) > newest(join(folder, "dist", "index.html"));
}

/**
 * Builds the console into a folder aside and puts it in place at the end, so that a server never shows half of one. In a process of
 * its own: the bundler's memory is gone when it is done.
 *
 * @returns undefined when it went well, else why not, in one line
 */
export async function buildConsole(root: string): Promise<string | undefined> {
  const cache = join(root, "node_modules", ".cache");
  const aside = join(cache, `console-${process.pid}`);
  const dist = join(root, "console", "dist");
  try {
    const vite = join(
      dirname(createRequire(join(root, "package.json")).resolve("vite/package.json")),
      "bin",
      "vite.js",
    );
    mkdirSync(cache, { recursive: true });
    const args = [vite, "build", join(root, "console"), "--outDir", aside, "--emptyOutDir", "--logLevel", "error"];
    await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 120_000, maxBuffer: 4 * 1024 * 1024 });
    for (let tries = 1; ; tries++) {
      rmSync(dist, { recursive: true, force: true });
      try {
        renameSync(aside, dist);
        return undefined;
      } catch (error) {
        // Another start put its own in place in the same moment: either is right.
        if (tries === 5) throw error;
      }
    }
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string };
    return reasonOf(stderr || message);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The bundler's own faults begin with a code in brackets, Node's with the name of the error; headings and code frames stand before them. */
const FAULT = /^\[[\w:-]+\] |^\w*Error\b.*: /;

/** The line that says why, without colours. */
function reasonOf(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.find((line) => FAULT.test(line)) ?? lines[0] ?? "unknown reason";
}
