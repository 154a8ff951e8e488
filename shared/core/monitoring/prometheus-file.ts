import { duration, type Field, fields, list, mapOf, type Notes, oneOf, text, wrong } from "../kernel/fields.ts";
import type { PathFault } from "../kernel/path-fault.ts";
import { MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import { checkAddresses, OTHER_DISCOVERY, targetGroup } from "./discovery-file.ts";
import { HTTP_INERT, httpClientOf, httpFields } from "./http-client.ts";
import { relabelRule } from "./relabel-rule.ts";
import { type Inherited, limitsOf, SHARED_INERT, scrapeJob, sharedFields, TEXT_PROTOCOLS } from "./scrape-job-file.ts";
import type { AlertmanagerSettings, PrometheusSettings } from "./settings.ts";

export type { PrometheusSettings, ScrapeJob } from "./settings.ts";

/** Defaults of prometheus/config DefaultGlobalConfig. */
const SCRAPE_INTERVAL_MS = MINUTE_MS;
const SCRAPE_TIMEOUT_MS = 10 * SECOND_MS;
const EVALUATION_INTERVAL_MS = MINUTE_MS;

const writtenGlobal = fields(
  {
    ...sharedFields,
    evaluation_interval: duration,
    rule_query_offset: duration,
    external_labels: mapOf(text),
  },
  [...SHARED_INERT, "query_log_file"],
);

const global: Field<Inherited> = (value, path, notes) => {
  const read = writtenGlobal(value, path, notes);
  if (!read) return undefined;
  const scrapeIntervalMs = read.scrape_interval || SCRAPE_INTERVAL_MS;
  if ((read.scrape_timeout ?? 0) > scrapeIntervalMs)
    wrong(
      notes,
      [...path, "scrape_timeout"],
      (value as Record<string, unknown>)["scrape_timeout"],
      "global scrape timeout greater than scrape interval",
      `up to ${scrapeIntervalMs / 1000}s`,
    );
  const labels = read.external_labels ?? {};
  for (const [name, label] of Object.entries(labels))
    if (name === "") wrong(notes, [...path, "external_labels"], name, "not a valid label name");
    else if (/\$(\{|\w)/.test(label))
      notes.warnings.push({
        path: [...path, "external_labels", name],
        message: "Prometheus puts the environment in here; this stays as it is written",
      });
  return {
    scrapeIntervalMs,
    scrapeTimeoutMs: read.scrape_timeout || Math.min(SCRAPE_TIMEOUT_MS, scrapeIntervalMs),
    evaluationIntervalMs: read.evaluation_interval || EVALUATION_INTERVAL_MS,
    ruleQueryOffsetMs: read.rule_query_offset ?? 0,
    externalLabels: labels,
    limits: limitsOf(read),
    protocols: read.scrape_protocols ?? TEXT_PROTOCOLS,
    names: read.metric_name_validation_scheme ?? "utf8",
  };
};

/** A star only in the last part: prometheus/config patRulePath. */
const ruleFile: Field<string> = (value, path, notes) => {
  const file = text(value, path, notes);
  if (file === undefined || /^[^*]*(\*[^/]*)?$/.test(file)) return file;
  return wrong(notes, path, file, "not a valid rule file path", "path with * in its last part only");
};

const writtenAlertmanager = fields(
  {
    ...httpFields,
    scheme: oneOf("http", "https"),
    path_prefix: text,
    timeout: duration,
    api_version: oneOf("v2"),
    static_configs: list(targetGroup),
    relabel_configs: list(relabelRule),
    alert_relabel_configs: list(relabelRule),
  },
  [...HTTP_INERT, ...OTHER_DISCOVERY, "file_sd_configs", "http_sd_configs", "sigv4"],
);

const alertmanager: Field<AlertmanagerSettings> = (value, path, notes) => {
  const read = writtenAlertmanager(value, path, notes);
  if (!read) return undefined;
  const groups = read.static_configs ?? [];
  if (!read.relabel_configs?.length) checkAddresses(groups, [...path, "static_configs"], notes);
  return {
    scheme: read.scheme ?? "http",
    targets: groups.flatMap((one) => one.targets),
    groups,
    pathPrefix: read.path_prefix ?? "",
    timeoutMs: read.timeout ?? 10 * SECOND_MS,
    apiVersion: "v2",
    http: httpClientOf(read, path, notes),
    relabel: read.relabel_configs ?? [],
    alertRelabel: read.alert_relabel_configs ?? [],
  };
};

const alerting = fields({ alert_relabel_configs: list(relabelRule), alertmanagers: list(alertmanager) });

/** Jobs are read once the global section is known; here they are only kept. */
const later: Field<unknown> = (value) => value;

const file = fields({ global, rule_files: list(ruleFile), scrape_configs: later, alerting }, [
  "remote_write",
  "remote_read",
  "storage",
  "tracing",
  "otlp",
  "runtime",
  "scrape_config_files",
]);

function repeated(jobs: unknown, notes: Notes): void {
  const names = new Set<unknown>();
  for (const [index, job] of (Array.isArray(jobs) ? jobs : []).entries()) {
    const name = (job as Readonly<Record<string, unknown>> | null)?.["job_name"];
    if (name === undefined || name === null) continue;
    if (names.has(name))
      wrong(notes, ["scrape_configs", index, "job_name"], name, "found multiple jobs with this name");
    names.add(name);
  }
}

export type PrometheusFile =
  | { readonly ok: true; readonly settings: PrometheusSettings; readonly warnings: readonly PathFault[] }
  | { readonly ok: false; readonly faults: readonly PathFault[]; readonly warnings: readonly PathFault[] };

/**
 * Reads prometheus.yml from its parsed YAML, as strictly as Prometheus does: unknown keys, repeated job names, timeouts longer
 * than intervals and the like are faults. Known keys that are not acted on here come back as warnings. Never throws. An empty
 * document is a file that says nothing.
 */
export function readPrometheusFile(value: unknown): PrometheusFile {
  const notes: Notes = { faults: [], warnings: [] };
  const read = file(value ?? {}, [], notes);
  const inherited = read?.global ?? (global({}, ["global"], { faults: [], warnings: [] }) as Inherited);
  const written = read?.scrape_configs;
  const jobs = written === undefined ? [] : (list(scrapeJob(inherited))(written, ["scrape_configs"], notes) ?? []);
  repeated(written, notes);
  if (notes.faults.length > 0) return { ok: false, ...notes };
  const { protocols: _protocols, names: _names, ...own } = inherited;
  return {
    ok: true,
    warnings: notes.warnings,
    settings: {
      global: own,
      jobs,
      ruleFiles: read?.rule_files ?? [],
      alertRelabel: read?.alerting?.alert_relabel_configs ?? [],
      alertmanagers: read?.alerting?.alertmanagers ?? [],
    },
  };
}
