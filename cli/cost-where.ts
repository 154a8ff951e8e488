import type { hc } from "hono/client";
import type { AppType } from "../functions/api/app.ts";
import { client } from "./client.ts";
import { type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { faultText } from "./faults.ts";
import { type Io, plain } from "./io.ts";

export const WHERE: readonly Option[] = [
  { name: "config", value: "FILE", about: "work by this headgate.yaml, in this process, without a server" },
  {
    name: "data",
    value: "DIR",
    about:
      "with --config: where read bills are kept (default: nowhere, they end with the command); a folder of headgate start has what was observed too",
  },
];

export type CostRoutes = ReturnType<typeof hc<AppType>>["api"]["v1"]["cost"];

/** Who answers: a headgate that runs, or this process by a configuration file. Closed whatever comes. */
export async function withCost(
  io: Io,
  options: Given,
  use: (routes: CostRoutes) => Promise<0 | 1 | 2>,
): Promise<0 | 1 | 2> {
  const file = text(options, "config");
  if (file !== undefined) return inProcess(io, file, text(options, "data"), use);
  if (text(options, "data") !== undefined)
    throw new UsageError("--data is for work in this process: give --config FILE too", "headgate cost --help");
  return use(client(io).api.v1.cost);
}

async function inProcess(
  io: Io,
  file: string,
  data: string | undefined,
  use: (routes: CostRoutes) => Promise<0 | 1 | 2>,
): Promise<0 | 1 | 2> {
  const [
    { readConfigFile },
    { costDirect },
    { hc },
    { dirname, join, resolve },
    { existsSync },
    { mkdtemp, rm },
    { tmpdir },
  ] = await Promise.all([
    import("../local/config-file.ts"),
    import("../functions/cost/direct.ts"),
    import("hono/client"),
    import("node:path"),
    import("node:fs"),
    import("node:fs/promises"),
    import("node:os"),
  ]);
  const { config, version, text: written, files, warnings } = readConfigFile(file);
  for (const warning of warnings) io.note(plain(`warning: ${faultText(warning, file)}`));
  const paid = config.cost?.sources.some((source) => "costExplorer" in source);
  if (paid && data === undefined)
    io.note("note: Cost Explorer is paid by the request; --data DIR keeps what it answers, so that it is asked once");
  const folder = data ?? (await mkdtemp(join(tmpdir(), "headgate-cost-")));
  // A folder that `headgate start` works in keeps its objects in a folder of their own: bills and usage are there.
  const kept = existsSync(join(folder, "headgate.sqlite")) ? join(folder, "objects") : folder;
  const { fetch, close } = await costDirect({
    ...{ config, version, text: written, files, baseDir: resolve(dirname(file)), data: resolve(kept), env: io.env },
    log: (line) => {
      if (io.env["HEADGATE_LOG"] !== undefined) io.note(line);
    },
  });
  try {
    const routes = hc<AppType>("http://127.0.0.1", {
      fetch: async (input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit) =>
        fetch(new Request(input, init)),
    });
    return await use(routes.api.v1.cost);
  } finally {
    await close();
    if (data === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Leaves out what was not given, as queries want it. */
export const asked = <T extends Readonly<Record<string, string | undefined>>>(query: T) =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
