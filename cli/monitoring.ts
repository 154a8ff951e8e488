import type { CollectedView, QueryView, TargetsView } from "../functions/api/views-monitoring.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { labelsText } from "../shared/core/kernel/labels.ts";
import { answer, client, once } from "./client.ts";
import { type Group, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago, facts, stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";
import { scrapeVerb } from "./scrape.ts";

const routes = (io: Io) => client(io).api.v1.monitoring;

const PARTS = ["health", "performance", "data_processing", "resources"] as const;

/** "a.b: 1" lines of nested JSON; a list is told by its length. */
function leaves(value: unknown, path: string): readonly [string, string][] {
  if (Array.isArray(value)) return [[path, `${value.length} rows`]];
  if (typeof value !== "object" || value === null) return [[path, JSON.stringify(value) ?? ""]];
  return Object.entries(value).flatMap(([name, one]) => leaves(one, `${path}.${name}`));
}

function tell(io: Io, { collected, service, clock, trouble }: CollectedView): 0 | 1 {
  if (!collected) {
    io.line(plain(`${service} has not been collected yet`));
    return 1;
  }
  const at = Date.parse(collected.timestamp);
  io.line(plain(`${service} at ${collected.endpoint ?? "no address"}, ${stamp(at)} (${ago(at, clock.now)})`));
  const found = PARTS.flatMap((part) => leaves(collected.metrics[part] ?? {}, part));
  if (found.length > 0) for (const line of facts(found)) io.line(line);
  const failed = PARTS.filter((part) => collected.errors?.[part] !== undefined);
  for (const part of failed) io.line(plain(`${part} failed: ${collected.errors?.[part]}`));
  for (const note of collected.notes ?? []) io.note(plain(note));
  if (trouble !== undefined) io.note(plain(trouble));
  return failed.length === 0 ? 0 : 1;
}

/** @throws UsageError */
function instantOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const read = parseInstant(given);
  if (read) return read.at;
  throw new UsageError(
    `--at ${JSON.stringify(given)} is no ISO 8601 instant and no epoch milliseconds`,
    "headgate monitoring query --help",
  );
}

export const monitoring: Group = {
  name: "monitoring",
  about: "what is measured: collect a service, targets, PromQL, a scrape",
  verbs: [
    {
      name: "collect",
      about:
        "Asks a service now for health, performance and data processing, and reads its resources. 1: a part failed.",
      positionals: ["SERVICE"],
      example: "headgate monitoring collect orders",
      run: async ({ io, positionals }) => {
        const param = { service: encodeURIComponent(positionals[0] as string) };
        const view = await answer<CollectedView>(
          routes(io).services[":service"].collect.$post({ param, json: {} }, once()),
        );
        io.document(view);
        return tell(io, view);
      },
    },
    {
      name: "targets",
      about: "What is scraped, and how the last scrape of each target went.",
      example: "headgate monitoring targets",
      run: async ({ io }) => {
        const view = await answer<TargetsView>(routes(io).targets.$get());
        io.document(view);
        const rows = view.items.map((one) => [
          one.job,
          one.url,
          one.health,
          one.lastScrapeAt === undefined ? "never" : ago(one.lastScrapeAt, view.clock.now),
          one.samples === undefined ? "" : `${one.samples}`,
          one.error ?? "",
        ]);
        for (const line of table([["JOB", "URL", "HEALTH", "SCRAPED", "SAMPLES", "ERROR"], ...rows])) io.line(line);
        return view.items.every((one) => one.health !== "down") ? 0 : 1;
      },
    },
    {
      name: "query",
      about: "Evaluates a PromQL expression at an instant.",
      positionals: ["EXPR"],
      options: [{ name: "at", value: "INSTANT", about: "ISO 8601 or epoch milliseconds (default now)" }],
      example: 'headgate monitoring query "up == 0"',
      run: async ({ io, positionals, options }) => {
        const at = instantOf(text(options, "at"));
        const query = { expr: positionals[0] as string, ...(at === undefined ? {} : { at }) };
        const view = await answer<QueryView>(routes(io).query.$get({ query }));
        io.document(view);
        for (const warning of view.warnings) io.note(plain(warning));
        if (view.samples.length === 0) io.line("no elements");
        else
          for (const line of table([
            ["ELEMENT", "VALUE"],
            ...view.samples.map(({ labels, value }) => [labelsText(labels), value]),
          ]))
            io.line(line);
        return 0;
      },
    },
    scrapeVerb,
  ],
};
