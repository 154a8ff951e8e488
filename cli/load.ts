import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { type Given, type Group, type Invocation, type Option, text, texts, type Verb } from "./command.ts";
import { stamp } from "./format.ts";
import type { Io } from "./io.ts";
import { plain, table } from "./io.ts";
import { givenPlan, REPLAY_OPTIONS } from "./load-plan.ts";

const CONFIG: Option = {
  name: "config",
  value: "FILE",
  about: "the headgate.yaml that knows the service and the clusters",
};
const DATA: Option = {
  name: "data",
  value: "DIR",
  about: "where results are kept (default .headgate, which is also the control plane's of npm start)",
};
const dataOf = (options: Given): string => text(options, "data") ?? ".headgate";

async function configOf(
  options: Given,
): Promise<{ readonly config: HeadgateConfig; readonly folder: string } | undefined> {
  const file = text(options, "config");
  if (file === undefined) return undefined;
  const [{ readConfigFile }, { dirname, resolve }] = await Promise.all([
    import("../local/config-file.ts"),
    import("node:path"),
  ]);
  return { config: readConfigFile(file).config, folder: dirname(resolve(file)) };
}

/** Ctrl-C sends no more, waits for what is under way and reports what there is; a second one ends at once. */
function interruptible(): {
  readonly signal: AbortSignal;
  readonly interrupted: () => boolean;
  readonly done: () => void;
} {
  const abort = new AbortController();
  let count = 0;
  const stop = (): void => {
    count += 1;
    if (count > 1) process.exit(130);
    abort.abort(new Error("interrupted"));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, stop);
  return {
    signal: abort.signal,
    interrupted: () => count > 0,
    done: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
    },
  };
}

async function runVerb({ io, positionals, options }: Invocation): Promise<0 | 1 | 2> {
  const [{ performLoad }, { reportLines, secondText }, given, known] = await Promise.all([
    import("../local/load-test/perform.ts"),
    import("./load-text.ts"),
    givenPlan(io, positionals[0], options),
    configOf(options),
  ]);
  const ctrlC = interruptible();
  try {
    const done = await performLoad({
      ...given,
      ...(known ? { known } : {}),
      data: dataOf(options),
      env: io.env,
      owned: texts(options, "yes-i-own"),
      signal: ctrlC.signal,
      readTrace: (path) => traceOf(io, path),
      onSecond: (row, seconds) => io.progress(secondText(row, seconds)),
      note: (line) => io.note(plain(line)),
    });
    io.document({ ...done.report, file: done.file });
    for (const line of reportLines(done.report)) io.line(line);
    io.line(plain(`seconds: ${done.file}`));
    // 130 is what a shell expects of a command that Ctrl-C ended; what was measured so far has been told.
    if (ctrlC.interrupted()) process.on("exit", () => void (process.exitCode = 130));
    return done.report.verdict === "held" ? 0 : 1;
  } finally {
    ctrlC.done();
  }
}

async function traceOf(io: Io, path: string) {
  const { readLoad, tellNotes } = await import("./trace-file.ts");
  const read = await readLoad(io, { file: path });
  tellNotes(io, read, read.name);
  return read.trace;
}

const run: Verb = {
  name: "run",
  about:
    "Sends what the file asks for, when it asks for it, whatever comes back; says whether the objectives held, what was full first, what one instance can do and what more load would need. Exits 0 where they held, 1 where they did not, the test ended before its time or could not keep its own schedule. Ctrl-C sends no more and reports what there is.",
  positionals: ["[FILE]"],
  options: [
    ...REPLAY_OPTIONS,
    CONFIG,
    DATA,
    {
      name: "yes-i-own",
      value: "HOST",
      many: true,
      about: "send load to this host, which is neither this machine nor in a private network",
    },
  ],
  example: "headgate load run examples/load/orders-ramp.yaml --config headgate.yaml",
  run: runVerb,
};

const check: Verb = {
  name: "check",
  about: "Reads the file of a load test and says what it would send; sends nothing.",
  positionals: ["FILE"],
  example: "headgate load check examples/load/orders-ramp.yaml",
  run: async ({ io, positionals, options }) => {
    const { plan, file } = await givenPlan(io, positionals[0], options);
    const [{ planSegments, seenFrom }, { expectedIn, lengthOf, peakOf }, { formatDuration }, { wholeObjectives }] =
      await Promise.all([
        import("../local/load-test/run.ts"),
        import("../shared/core/readiness/load/schedule.ts"),
        import("../shared/core/kernel/time.ts"),
        import("../shared/core/readiness/load/objectives.ts"),
      ]);
    const segments = await planSegments(plan, (path) => traceOf(io, seenFrom(file, path)));
    const [length, peak] = [lengthOf(segments), peakOf(segments)];
    const requests = Math.round(expectedIn(segments, 0, length));
    io.document({ ...plan, length, peak, requests });
    const { http, kafka } = plan.target;
    io.line(
      plain(
        `${plan.name}: about ${requests.toLocaleString("en-US")} in ${formatDuration(length)}, at most ${Math.round(peak)} a second`,
      ),
    );
    io.line(
      plain(
        `  to ${http?.url ?? `topic ${kafka?.topic}`}, ${plan.arrivals} arrivals, at most ${plan.connections} ${http ? "connections" : "under way"}`,
      ),
    );
    for (const one of wholeObjectives(plan.objectives)) io.line(plain(`  holds: ${one.text}`));
    return 0;
  },
};

const list: Verb = {
  name: "list",
  about: "Load tests of a service that were run on this machine, the newest first.",
  positionals: ["SERVICE"],
  options: [DATA],
  example: "headgate load list orders",
  run: async ({ io, positionals: [service = ""], options }) => {
    const { keptLoads } = await import("../local/load-test/perform.ts");
    const items = await keptLoads(dataOf(options), service);
    io.document({ items });
    if (items.length === 0) io.line(plain(`no load tests of ${service}`));
    else {
      const rows = items.map(({ endedAt, name, verdict, peak, capacity, why }) => [
        stamp(endedAt),
        name,
        verdict,
        String(peak),
        capacity === undefined ? "-" : `${capacity.atLeast ? "≥ " : ""}${Number(capacity.perInstance.toPrecision(3))}`,
        why,
      ]);
      for (const line of table([["ENDED", "TEST", "VERDICT", "PEAK/S", "PER INSTANCE", "WHY"], ...rows])) io.line(line);
    }
    return 0;
  },
};

export const load: Group = {
  name: "load",
  about: "sends load on a schedule of its own, and says what a service can take and what would be full first",
  verbs: [run, check, list],
};
