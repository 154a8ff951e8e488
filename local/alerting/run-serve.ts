import { join, resolve } from "node:path";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { watchLauncher } from "../launcher.ts";
import { errorLines, type Out } from "../say.ts";
import { type ServeOptions, type Serving, serveAlerts } from "./serve.ts";

/** npm and the terminal may both hand on one Ctrl-C: a second signal counts only after this long (real ms). */
const SAME_SIGNAL_MS = 700;
const STOPPING = ["SIGINT", "SIGTERM"] as const;

export interface Told {
  readonly out: Out;
  /** Everything is up. */
  readonly ready?: (serving: Serving) => void;
  /** The input, the port or the data folder is bad; nothing was started. */
  readonly failed?: (error: HeadgateError) => void;
}

const lines = (error: unknown): readonly string[] =>
  error instanceof HeadgateError
    ? errorLines(error)
    : [`headgate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];

/**
 * Serves alerts until it is told to stop; SIGHUP reads the files again. Answers the exit code: 0 stopped as asked, 1 forced or
 * broken, 2 bad input (nothing was started).
 */
export async function runServe(options: Omit<ServeOptions, "root">, { out, ready, failed }: Told): Promise<0 | 1 | 2> {
  const asked = Promise.withResolvers<void>();
  let first = 0;
  const onStop = () => {
    const now = Date.now();
    if (first === 0) {
      first = now;
      asked.resolve();
    } else if (now - first > SAME_SIGNAL_MS) {
      out.error("Stopped by force.");
      process.exit(1);
    }
  };
  let serving: Serving | undefined;
  const onReload = () => {
    void serving?.reload().then(
      () => out.line(`Configuration ${serving?.version} is in force.`),
      (error: unknown) => {
        for (const line of lines(error)) out.error(line);
        out.error(`Not reloaded: configuration ${serving?.version} stays in force.`);
      },
    );
  };
  for (const signal of STOPPING) process.on(signal, onStop);
  process.on("SIGHUP", onReload);
  const unwatch = watchLauncher(process.env, () => {
    out.line("What started Headgate is gone.");
    asked.resolve();
  });
  try {
    const root = join(import.meta.dirname, "..", "..");
    serving = await serveAlerts({ ...options, root, data: resolve(options.data) }, out);
    ready?.(serving);
    out.line(
      `Headgate routes alerts at ${serving.url} (API v2, loopback only), with ${options.config}; state in ${options.data}.`,
    );
    await asked.promise;
    await serving.stop();
    out.line("Stopped. The state is kept; the next start continues from here.");
    return 0;
  } catch (error) {
    if (error instanceof HeadgateError) failed?.(error);
    for (const line of lines(error)) out.error(line);
    return error instanceof HeadgateError ? 2 : 1;
  } finally {
    unwatch();
    for (const signal of STOPPING) process.off(signal, onStop);
    process.off("SIGHUP", onReload);
  }
}
