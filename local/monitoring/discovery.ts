import { globSync, readFileSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parse } from "yaml";
import { list, type Notes } from "../../shared/core/kernel/fields.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { targetGroup } from "../../shared/core/monitoring/discovery-file.ts";
import type { FileDiscovery, HttpDiscovery, ScrapeJob, TargetGroup } from "../../shared/core/monitoring/settings.ts";
import type { Keeping } from "../run-env.ts";
import { type HttpClient, httpClient } from "./http-get.ts";

/** Addresses of one job's files and endpoints, kept while they cannot be read. */
export interface Discovery {
  /** What is known now. */
  groups(): readonly TargetGroup[];
  /** Looks again where the interval has passed; never throws, what goes wrong is handed to `onError`. */
  refresh(now: Millis): Promise<void>;
  close(): void;
}

/** A list of targets is small; more is something else. */
const MOST_BYTES = 16 * 1024 ** 2;
/** Each is scraped by a loop of its own: many more than this machine can, so that a mistake takes away no memory. */
const MOST_TARGETS = 5_000;
/** Real ms. */
const HTTP_TIMEOUT_MS = 10_000;

function readGroups(value: unknown): readonly TargetGroup[] {
  const notes: Notes = { faults: [], warnings: [] };
  const groups = list(targetGroup)(value, [], notes);
  const [fault] = notes.faults;
  if (fault) throw new Error(`${fault.path.join(".") || "the document"}: ${fault.message}`);
  const count = (groups ?? []).reduce((sum, { targets }) => sum + targets.length, 0);
  if (count > MOST_TARGETS) throw new Error(`${count} targets, more than the ${MOST_TARGETS} that one list may have`);
  return groups ?? [];
}

const withLabel = (groups: readonly TargetGroup[], name: string, value: string): readonly TargetGroup[] =>
  groups.map((group) => ({ ...group, labels: { ...group.labels, [name]: value } }));

interface Source {
  readonly refreshMs: number;
  /** Groups by what they were read from. */
  read(): Promise<ReadonlyMap<string, readonly TargetGroup[]>>;
  due: Millis;
}

function fileSource(settings: FileDiscovery, baseDir: string, onError: (error: Error) => void): Source {
  let before: ReadonlyMap<string, readonly TargetGroup[]> = new Map();
  return {
    refreshMs: settings.refreshMs,
    due: Number.NEGATIVE_INFINITY,
    read: async () => {
      const found = new Map<string, readonly TargetGroup[]>();
      for (const pattern of settings.files)
        for (const name of globSync(pattern, { cwd: baseDir })) {
          const file = resolve(baseDir, name);
          try {
            if (statSync(file).size > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
            // YAML reads JSON as well.
            const groups = readGroups(parse(readFileSync(file, "utf8")) ?? []);
            found.set(file, withLabel(groups, "__meta_filepath", file));
          } catch (cause) {
            // A file that is being written must not take its targets away.
            found.set(file, before.get(file) ?? []);
            onError(new Error(`targets of ${relative(baseDir, file)}: ${(cause as Error).message}`, { cause }));
          }
        }
      before = found;
      return found;
    },
  };
}

function httpSource(
  settings: HttpDiscovery,
  client: HttpClient,
  signal: AbortSignal,
  onError: (error: Error) => void,
): Source {
  let before: ReadonlyMap<string, readonly TargetGroup[]> = new Map();
  return {
    refreshMs: settings.refreshMs,
    due: Number.NEGATIVE_INFINITY,
    read: async () => {
      try {
        const headers = {
          Accept: "application/json",
          "X-Prometheus-Refresh-Interval-Seconds": String(settings.refreshMs / 1000),
        };
        const answer = await client.get({
          url: settings.url,
          headers,
          timeoutMs: HTTP_TIMEOUT_MS,
          maxBytes: MOST_BYTES,
          signal,
        });
        const groups = readGroups(JSON.parse(Buffer.from(answer.body).toString("utf8")));
        before = new Map([[settings.url, withLabel(groups, "__meta_url", settings.url)]]);
      } catch (cause) {
        if (signal.aborted) return before;
        onError(new Error(`targets of ${settings.url}: ${(cause as Error).message}`, { cause }));
      }
      return before;
    },
  };
}

/** File and HTTP discovery of a job (prometheus/discovery/file, /http). Intervals are virtual ms. */
export function jobDiscovery(job: ScrapeJob, keeping: Keeping, onError: (error: Error) => void): Discovery {
  const clients: HttpClient[] = [];
  const closing = new AbortController();
  const sources = [
    ...job.fileDiscovery.map((settings) => fileSource(settings, keeping.baseDir, onError)),
    ...job.httpDiscovery.map((settings) => {
      const client = httpClient(settings.http, keeping);
      clients.push(client);
      return httpSource(settings, client, closing.signal, onError);
    }),
  ];
  const found = new Map<Source, readonly TargetGroup[]>();
  return {
    groups: () => [...found.values()].flat(),
    refresh: async (now) => {
      await Promise.all(
        sources.map(async (source) => {
          if (now < source.due) return;
          source.due = now + source.refreshMs;
          found.set(source, [...(await source.read()).values()].flat());
        }),
      );
    },
    close: () => {
      closing.abort(new Error("stopped"));
      for (const client of clients) client.close();
    },
  };
}
