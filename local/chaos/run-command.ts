import { spawn } from "node:child_process";
import { concealPrinted } from "../../shared/core/kernel/printed.ts";

export interface Ended {
  /** Exit code; absent: it did not end by itself. */
  readonly code?: number;
  /** Last line it said, without what looks like a secret. */
  readonly said: string;
}

const MOST = 64 << 10;

/** Runs a program in a folder, without a shell; longer than `ms` it is killed with all it began. */
export function runCommand(command: readonly string[], cwd: string, ms: number, stop?: AbortSignal): Promise<Ended> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
    });
    let text = "";
    const hear = (piece: Buffer): void => void (text = (text + piece.toString("utf8")).slice(-MOST));
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const said = (): string => concealPrinted(text.trim().split("\n").at(-1) ?? "").slice(0, 300);
    const kill = (): void => {
      try {
        if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
        else child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    };
    const timer = setTimeout(kill, ms);
    stop?.addEventListener("abort", kill, { once: true });
    const end = (ended: Ended): void => {
      clearTimeout(timer);
      stop?.removeEventListener("abort", kill);
      resolve(ended);
    };
    child.on("error", (error) => end({ said: error.message }));
    // What it leaves running in the background may hold its output open.
    child.on("exit", (code) =>
      setImmediate(() =>
        end(code === null ? { said: said() || "it was killed, or took too long" } : { code, said: said() }),
      ),
    );
  });
}
