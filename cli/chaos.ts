import type { ChaosRun } from "../local/chaos/run.ts";
import { directly } from "./backup-options.ts";
import { type Given, type Group, type Option, text, type Verb } from "./command.ts";
import { stamp } from "./format.ts";
import type { Io } from "./io.ts";
import { plain, table } from "./io.ts";

const FOLDER: Option = {
  name: "folder",
  value: "DIR",
  about: "reports, and what has to be undone (default .headgate/chaos)",
};
const folderOf = (options: Given): string => text(options, "folder") ?? ".headgate/chaos";

/** Clusters by the names of a configuration, for probes of a group's lag. */
async function clusters(io: Io, options: Given) {
  const source = await directly(io, options);
  if (!source) return undefined;
  const [{ directRuntime }, { HeadgateError }] = await Promise.all([
    import("../functions/backup/direct-runtime.ts"),
    import("../shared/core/kernel/errors.ts"),
  ]);
  const { runtime, close } = directRuntime({ baseDir: source.baseDir });
  const known = source.config.streams ?? {};
  const names = Object.keys(known);
  return {
    close,
    streams: async (cluster: string | undefined) => {
      const name = cluster ?? (names.length === 1 ? names[0] : undefined);
      const settings = name === undefined || !Object.hasOwn(known, name) ? undefined : known[name];
      const found = name === undefined || !settings ? undefined : runtime.streams?.(name, settings);
      if (found) return found;
      throw new HeadgateError("input.invalid", `which cluster is meant: ${names.join(", ") || "none is configured"}?`);
    },
  };
}

function reportLines({ report, file }: ChaosRun): readonly string[] {
  const { verdict, why, faults, probes, recoveryMs } = report;
  const rows = probes.map((one) => [
    one.probe,
    one.held ? "yes" : "no",
    `${one.failures} of ${one.looks}`,
    `${(one.longestMs / 1000).toFixed(1)} s`,
    one.text ?? "",
  ]);
  return [
    plain(`${verdict}: ${why}`),
    ...faults.map((one) => plain(`  ${one.fault}: ${one.text}`)),
    ...table([["STEADY STATE", "HELD", "FAILED", "LONGEST", "LAST SAID"], ...rows]),
    recoveryMs === undefined ? "not seen to be steady again" : `steady again after ${(recoveryMs / 1000).toFixed(1)} s`,
    plain(`report: ${file}`),
  ];
}

const run: Verb = {
  name: "run",
  about:
    "Looks at the steady state, breaks what the file says and no more, undoes it, and times the recovery. Exits 0 where the hypothesis held, 1 where it did not or the run was ended. Ctrl-C undoes everything first.",
  positionals: ["FILE"],
  options: [
    FOLDER,
    { name: "config", value: "FILE", about: "a headgate.yaml whose clusters probes of lag ask" },
    { name: "brokers", value: "HOST:PORT,…", about: "the cluster that probes of lag ask" },
  ],
  example: "headgate chaos run examples/chaos/orders-instance.yaml",
  run: async ({ io, positionals: [file = ""], options }) => {
    const [{ runChaos }, { ecsTasks }, { awsClients }] = await Promise.all([
      import("../local/chaos/run.ts"),
      import("../shared/edge/ecs-chaos.ts"),
      import("../shared/edge/aws-clients.ts"),
    ]);
    const region = io.env["AWS_REGION"];
    const clients = awsClients(region === undefined ? {} : { region });
    const known = await clusters(io, options["brokers"] === undefined ? options : { ...options, from: ["."] });
    const abort = new AbortController();
    const stop = () => abort.abort(new Error("interrupted"));
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, stop);
    try {
      const done = await runChaos({
        ...{ file, folder: folderOf(options), signal: abort.signal, ecs: ecsTasks(clients) },
        say: (line) => io.note(plain(line)),
        ...(known ? { streams: known.streams } : {}),
      });
      io.document({ ...done.report, file: done.file, left: done.left });
      for (const line of reportLines(done)) io.line(line);
      return done.report.verdict === "held" && done.left.every(({ ok }) => ok) ? 0 : 1;
    } finally {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
      await known?.close();
      await clients.close();
    }
  },
};

const undo: Verb = {
  name: "undo",
  about: "Undoes what a run that was killed has left broken on this machine. Exits 1 where something could not be.",
  options: [FOLDER],
  example: "headgate chaos undo",
  run: async ({ io, options }) => {
    const { undoChaos } = await import("../local/chaos/run.ts");
    const items = await undoChaos(folderOf(options));
    io.document({ items });
    if (items.length === 0) io.line("nothing was left broken");
    for (const one of items) io.line(plain(`${one.ok ? "undone" : "NOT undone"} of ${one.id}: ${one.text}`));
    return items.every(({ ok }) => ok) ? 0 : 1;
  },
};

const list: Verb = {
  name: "list",
  about: "Experiments that were run, the newest first.",
  options: [FOLDER],
  example: "headgate chaos list",
  run: async ({ io, options }) => {
    const { chaosReports } = await import("../local/chaos/run.ts");
    const items = await chaosReports(folderOf(options));
    io.document({ items });
    if (items.length === 0) io.line("no experiments");
    else {
      const rows = items.map((one) => [
        stamp(one.startedAt),
        one.name,
        one.verdict,
        one.recoveryMs === undefined ? "-" : `${(one.recoveryMs / 1000).toFixed(1)} s`,
        one.why,
      ]);
      for (const line of table([["BEGUN", "EXPERIMENT", "VERDICT", "STEADY AFTER", "WHY"], ...rows])) io.line(line);
    }
    return 0;
  },
};

const check: Verb = {
  name: "check",
  about: "Reads an experiment and says what it would do; breaks nothing.",
  positionals: ["FILE"],
  example: "headgate chaos check experiment.yaml",
  run: async ({ io, positionals: [file = ""] }) => {
    const [{ readExperiment }, { readText }, { faultName, longest, probeName }, { formatDuration }] = await Promise.all(
      [
        import("../functions/chaos/read.ts"),
        import("./files.ts"),
        import("../shared/core/backup/chaos/experiment.ts"),
        import("../shared/core/kernel/time.ts"),
      ],
    );
    const experiment = readExperiment(await readText(io, file, 1_048_576), file);
    io.document(experiment);
    const { name, hypothesis, steady, faults, blast } = experiment;
    io.line(plain(`${name}: ${hypothesis}`));
    for (const [index, one] of steady.entries()) io.line(plain(`  holds: ${probeName(one, index)}`));
    for (const [index, one] of faults.entries()) io.line(plain(`  breaks: ${faultName(one, index)}`));
    io.line(
      `  no more than ${blast.targets} ${blast.targets === 1 ? "target" : "targets"} and ${blast.percent} % of those there are; at most ${formatDuration(longest(experiment))}`,
    );
    return 0;
  },
};

export const chaos: Group = {
  name: "chaos",
  about: "breaks a little on purpose, undoes it, and times how long it takes to be well again",
  verbs: [run, check, list, undo],
};
