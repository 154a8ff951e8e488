import { readFileSync } from "node:fs";

/** Real ms between two looks. */
const LOOK_MS = 1000;

/** The parent of a shell, where the system tells without a program of its own (Linux); undefined for any other process. */
function parentOfShell(pid: number): number | undefined {
  try {
    const [, name = "", rest = ""] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return /^(ba|da|a|z|k)?sh$/.test(name) ? Number(rest) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Under npm, tells when npm is gone without a word (kill -9, or a signal that only reached the shell between): without this the
 * whole control plane would run on with nobody to stop it. Started in any other way, outliving the parent is what
 * `nohup headgate start &` asks for, and nothing is watched.
 *
 * @returns how to stop watching
 */
export function watchLauncher(env: Readonly<Record<string, string | undefined>>, gone: () => void): () => void {
  if (env["npm_lifecycle_event"] === undefined && env["npm_execpath"] === undefined) return () => {};
  const parent = process.ppid;
  // Between npm and this process there may be a shell, which lives on when npm is killed. What stands above npm is free to
  // go: that is `nohup npm start &`.
  const above = parentOfShell(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOfShell(parent) === above) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
