import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { watchLauncher } from "../launcher.ts";
import { errorLines, type Out } from "../say.ts";
import { type ServeTraffic, type ServingTraffic, serveTraffic } from "./serve.ts";

/** npm and the terminal may both hand on one Ctrl-C: a second signal counts only after this long (real ms). */
const SAME_SIGNAL_MS = 700;
const STOPPING = ["SIGINT", "SIGTERM"] as const;

export interface Told {
  readonly out: Out;
  readonly ready?: (serving: ServingTraffic) => void;
  readonly failed?: (error: HeadgateError) => void;
}

/**
 * Serves one service's traffic until it is told to stop; SIGHUP reads the file again. Answers the exit code: 0 stopped as asked, 1
 * forced or broken, 2 bad input (nothing was started).
 */
export async function runServeTraffic(options: ServeTraffic, { out, ready, failed }: Told): Promise<0 | 1 | 2> {
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
  const say = (error: unknown) => {
    if (error instanceof HeadgateError) for (const line of errorLines(error)) out.error(line);
    else out.error(`headgate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  let serving: ServingTraffic | undefined;
  const onReload = () => {
    void serving?.reload().then(
      () => out.line(`${serving?.service}: the file was read again.`),
      (error: unknown) => {
        say(error);
        out.error("Not reloaded: what was in force stays in force.");
      },
    );
  };
  for (const signal of STOPPING) process.on(signal, onStop);
  process.on("SIGHUP", onReload);
  const unwatch = watchLauncher(process.env, () => asked.resolve());
  try {
    serving = await serveTraffic(options, out);
    ready?.(serving);
    const { backends, policy } = serving.gateway.look();
    out.line(`Headgate serves ${serving.service} at ${serving.url}: ${backends.length} backends, ${policy}.`);
    await asked.promise;
    out.line("Draining: what is on its way is answered, nothing new is taken.");
    await serving.stop();
    return 0;
  } catch (error) {
    if (error instanceof HeadgateError) failed?.(error);
    say(error);
    return error instanceof HeadgateError ? 2 : 1;
  } finally {
    unwatch();
    for (const signal of STOPPING) process.off(signal, onStop);
    process.off("SIGHUP", onReload);
  }
}
