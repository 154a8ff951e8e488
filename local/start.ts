import { join, resolve } from "node:path";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { type Running, startHeadgate } from "./headgate.ts";
import { watchLauncher } from "./launcher.ts";
import { readStartOptions, START_USAGE, type StartOptions } from "./options.ts";
import { errorLines, type Out } from "./say.ts";

/** npm and the terminal may both hand on one Ctrl-C: a second signal counts only after this long (real ms). */
const SAME_SIGNAL_MS = 700;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const standardOut: Out = {
  line: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
};

/** Who hears of a run. */
export interface Told {
  readonly out?: Out;
  /** Everything is up. */
  readonly ready?: (running: Running) => void;
  /** The input, the port or the data folder is bad; nothing was started. */
  readonly failed?: (error: HeadgateError) => void;
}

/**
 * `headgate start`: runs until it is told to stop. Answers the exit code: 0 stopped as asked, 1 forced or broken, 2 bad input
 * (nothing was started).
 */
export async function runStart(
  args: readonly string[],
  { out = standardOut, ready, failed }: Told = {},
): Promise<number> {
  let options: StartOptions | "help";
  try {
    options = readStartOptions(args);
  } catch (error) {
    if (error instanceof HeadgateError) failed?.(error);
    return told(error, out);
  }
  if (options === "help") {
    out.line(START_USAGE);
    return 0;
  }
  const asked = Promise.withResolvers<void>();
  let first = 0;
  let kill = () => {};
  const onSignal = () => {
    const now = Date.now();
    if (first === 0) {
      first = now;
      asked.resolve();
    } else if (now - first > SAME_SIGNAL_MS) {
      out.error("Stopped by force.");
      kill();
      // Not through the end of the work at hand: that is what is being cut short.
      process.exit(1);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const unwatch = watchLauncher(process.env, () => {
    out.line("What started Headgate is gone.");
    asked.resolve();
  });
  try {
    const root = join(import.meta.dirname, "..");
    const running = await startHeadgate({ ...options, root, data: resolve(options.data) }, out);
    kill = running.kill;
    ready?.(running);
    await asked.promise;
    out.line("Stopping: requests finish, then every process is stopped. Ctrl-C again stops at once.");
    await running.stop();
    out.line("Stopped. The state is kept; the next start continues from here.");
    return 0;
  } catch (error) {
    if (error instanceof HeadgateError) failed?.(error);
    const bad = error instanceof HeadgateError && error.code === "trace.invalid" ? options.trace : options.config;
    return told(error, out, bad);
  } finally {
    unwatch();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** Tells an error and answers the exit code that goes with it. */
function told(error: unknown, out: Out, file?: string): number {
  if (error instanceof HeadgateError) {
    for (const line of errorLines(error, file)) out.error(line);
    return 2;
  }
  out.error(`headgate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}
