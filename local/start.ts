import { join, resolve } from "node:path";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { startHeadgate } from "./headgate.ts";
import { readStartOptions, START_USAGE } from "./options.ts";
import { errorLines, type Out } from "./say.ts";

/** npm and the terminal may both hand on one Ctrl-C: a second signal counts only after this long (real ms). */
const SAME_SIGNAL_MS = 700;

const standardOut: Out = {
  line: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
};

/**
 * `headgate start`: runs until it is told to stop. Answers the exit code: 0 stopped as asked, 1 forced or broken, 2 bad input
 * (nothing was started).
 */
export async function runStart(args: readonly string[], out: Out = standardOut): Promise<number> {
  // A closed terminal or a pipe that ended must not take the services down with it in disorder.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  let file: string | undefined;
  try {
    const options = readStartOptions(args);
    if (options === "help") {
      out.line(START_USAGE);
      return 0;
    }
    file = options.trace !== undefined && options.config === undefined ? options.trace : options.config;
    const asked = Promise.withResolvers<void>();
    let first = 0;
    let kill = () => process.exit(1);
    const onSignal = () => {
      const now = Date.now();
      if (first === 0) {
        first = now;
        asked.resolve();
      } else if (now - first > SAME_SIGNAL_MS) {
        out.error("Stopped by force.");
        kill();
      }
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
    const root = join(import.meta.dirname, "..");
    const running = await startHeadgate({ ...options, root, data: resolve(options.data) }, out);
    kill = () => {
      running.kill();
      process.exit(1);
    };
    await asked.promise;
    out.line("Stopping: requests finish, then every process is stopped. Ctrl-C again stops at once.");
    await running.stop();
    out.line("Stopped. The state is kept; the next start continues from here.");
    return 0;
  } catch (error) {
    const known = error instanceof HeadgateError;
    const lines = known
      ? errorLines(error, file)
      : [`headgate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
    for (const line of lines) out.error(line);
    return known ? 2 : 1;
  }
}
