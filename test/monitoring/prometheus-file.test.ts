import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";

const PLATFORM = join(import.meta.dirname, "..", "..", "..", "shared", "platform", "prometheus.yml");

const read = (text: string) => readPrometheusFile(parse(text));

function settings(text: string) {
  const file = read(text);
  if (!file.ok) throw new Error(JSON.stringify(file.faults));
  return file.settings;
}

/** `path: message` of each fault. */
function faults(text: string): readonly string[] {
  const file = read(text);
  return file.ok ? [] : file.faults.map((one) => `${one.path.join(".")}: ${one.message}`);
}

const job = (text: string) => `scrape_configs:\n  - job_name: a\n${text.replace(/^/gm, "    ")}`;

test.skipIf(!existsSync(PLATFORM))("the platform's prometheus.yml loads as it is", () => {
  const file = read(readFileSync(PLATFORM, "utf8"));
  expect(file).toMatchObject({ ok: true, warnings: [] });
  if (!file.ok) return;
  expect(file.settings.global).toMatchObject({
    scrapeIntervalMs: 15_000,
    scrapeTimeoutMs: 10_000,
    evaluationIntervalMs: 15_000,
  });
  expect(file.settings.jobs.map((one) => [one.name, one.intervalMs, one.groups[0]?.targets.length])).toEqual([
    ["kafka", 15_000, 1],
    ["flink", 15_000, 2],
    ["jmx-kafka", 10_000, 3],
  ]);
  expect(file.settings.ruleFiles).toEqual(["alert-rules.yml"]);
  expect(file.settings.alertmanagers).toMatchObject([
    { scheme: "http", targets: ["alertmanager:9093"], pathPrefix: "", apiVersion: "v2", timeoutMs: 10_000 },
  ]);
});

test("an empty file says nothing; an empty global section is the default one", () => {
  expect(readPrometheusFile(null)).toMatchObject({
    ok: true,
    settings: { jobs: [], ruleFiles: [], alertmanagers: [] },
  });
  expect(settings("global:\nscrape_configs:\nrule_files:\n").global).toMatchObject({
    scrapeIntervalMs: 60_000,
    scrapeTimeoutMs: 10_000,
    evaluationIntervalMs: 60_000,
    limits: { bodyBytes: 0, samples: 0, labels: 0, labelNameBytes: 0, labelValueBytes: 0, targets: 0 },
  });
});

test("a job's defaults are Prometheus's", () => {
  expect(settings("scrape_configs: [{ job_name: a }]").jobs).toEqual([
    {
      name: "a",
      intervalMs: 60_000,
      timeoutMs: 10_000,
      metricsPath: "/metrics",
      scheme: "http",
      params: {},
      honorLabels: false,
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      compression: true,
      protocols: ["OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"],
      names: "utf8",
      limits: { bodyBytes: 0, samples: 0, labels: 0, labelNameBytes: 0, labelValueBytes: 0, targets: 0 },
      http: { followRedirects: true },
      groups: [],
      fileDiscovery: [],
      httpDiscovery: [],
      relabel: [],
      metricRelabel: [],
    },
  ]);
});

test("a job takes what it does not say from global, and its timeout is never longer than its interval", () => {
  const { jobs } = settings(`
global: { scrape_interval: 30s, scrape_timeout: 20s, body_size_limit: 10MB, sample_limit: 100, label_limit: 7, scrape_protocols: [PrometheusText0.0.4] }
scrape_configs:
  - { job_name: a }
  - { job_name: b, scrape_interval: 5s, sample_limit: 9, body_size_limit: 1.5KB }
  - { job_name: c, scrape_interval: 1m30s, scrape_timeout: 1m, metrics_path: "", label_limit: 0 }`);
  expect(jobs.map((one) => [one.intervalMs, one.timeoutMs, one.limits.samples, one.limits.bodyBytes])).toEqual([
    [30_000, 20_000, 100, 10 * 1024 ** 2],
    [5_000, 5_000, 9, 1536],
    [90_000, 60_000, 100, 10 * 1024 ** 2],
  ]);
  expect(jobs[2]).toMatchObject({ metricsPath: "/metrics", protocols: ["PrometheusText0.0.4"], limits: { labels: 7 } });
});

test.each([
  [
    "global: { scrape_interval: 5s, scrape_timeout: 6s }",
    "global.scrape_timeout: global scrape timeout greater than scrape interval",
  ],
  ["global: { scrape_interval: 15 }", "global.scrape_interval: not a valid duration"],
  ["global: { scrape_interval: -5s }", "global.scrape_interval: not a valid duration"],
  ["global: { body_size_limit: 10 }", "global.body_size_limit: not a valid size"],
  ["global: { sample_limit: -1 }", "global.sample_limit: wrong type or value"],
  ["globals: {}", 'globals: unknown key "globals"'],
  ["scrape_configs: {}", "scrape_configs: wrong type or value"],
  ["scrape_configs: [null]", "scrape_configs.0: wrong type or value"],
  ["scrape_configs: [{ metrics_path: /m }]", "scrape_configs.0.job_name: job_name is empty"],
  [
    "scrape_configs: [{ job_name: a }, { job_name: a }]",
    "scrape_configs.1.job_name: found multiple jobs with this name",
  ],
  ["scrape_configs: [{ job_name: a, job: b }]", 'scrape_configs.0.job: unknown key "job"'],
  [job("scrape_timeout: 61s"), "scrape_configs.0.scrape_timeout: scrape timeout greater than scrape interval"],
  [job("scheme: ftp"), "scrape_configs.0.scheme: wrong type or value"],
  [
    job("static_configs: [{ targets: ['http://x:1/m'] }]"),
    "scrape_configs.0.static_configs.0.targets.0: not a valid hostname",
  ],
  [job("static_configs: [{ target: [x] }]"), 'scrape_configs.0.static_configs.0.target: unknown key "target"'],
  [job("static_configs: [{ targets: x }]"), "scrape_configs.0.static_configs.0.targets: wrong type or value"],
  [job("scrape_protocols: []"), "scrape_configs.0.scrape_protocols: scrape_protocols cannot be empty"],
  [job("file_sd_configs: [{ files: [a.txt] }]"), "scrape_configs.0.file_sd_configs.0.files.0: not a file of targets"],
  [job("http_sd_configs: [{ url: /x }]"), "scrape_configs.0.http_sd_configs.0.url: HTTP discovery needs a URL"],
  [
    job("relabel_configs: [{ regex: '(' }]"),
    "scrape_configs.0.relabel_configs.0.regex: not a valid RE2 expression: error parsing regexp: missing closing ): `^(?s:()$`",
  ],
  [
    job("relabel_configs: [{ regex: 'a(?=b)', action: keep }]"),
    "scrape_configs.0.relabel_configs.0.regex: not a valid RE2 expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
  ],
  [job("relabel_configs: [{ action: replac }]"), "scrape_configs.0.relabel_configs.0.action: wrong type or value"],
  [
    job("relabel_configs: [{ source_labels: [a] }]"),
    "scrape_configs.0.relabel_configs.0.target_label: replace needs a target_label",
  ],
  [
    job("relabel_configs: [{ action: hashmod, target_label: b }]"),
    "scrape_configs.0.relabel_configs.0.modulus: hashmod needs a modulus that is not zero",
  ],
  [
    job("relabel_configs: [{ action: labeldrop, regex: a, source_labels: [b] }]"),
    "scrape_configs.0.relabel_configs.0.source_labels: labeldrop does not take source_labels",
  ],
  [
    job("relabel_configs: [{ action: keepequal, target_label: a, regex: b }]"),
    "scrape_configs.0.relabel_configs.0.regex: keepequal does not take regex",
  ],
  [job("relabel_configs: [null]"), "scrape_configs.0.relabel_configs.0: wrong type or value"],
  [
    job("authorization: { type: basic, credentials_file: f }"),
    'scrape_configs.0.authorization.type: the type cannot be "basic"',
  ],
  [
    job("authorization: { credentials_file: f }\nbasic_auth: { username: u }"),
    "scrape_configs.0.basic_auth: at most one of basic_auth, authorization, bearer_token",
  ],
  [
    job("basic_auth: { username: u, username_file: f }"),
    "scrape_configs.0.basic_auth: at most one of username and username_file",
  ],
  [job("tls_config: { cert_file: c }"), "scrape_configs.0.tls_config: cert_file and key_file belong together"],
  ["rule_files: ['*/a.yml']", "rule_files.0: not a valid rule file path"],
  ["alerting: { alertmanagers: [{ api_version: v1 }] }", "alerting.alertmanagers.0.api_version: wrong type or value"],
  [
    "alerting: { alertmanagers: [{ static_configs: [{ targets: [http://a] }] }] }",
    "alerting.alertmanagers.0.static_configs.0.targets.0: not a valid hostname",
  ],
])("as Prometheus refuses it: %s", (text, fault) => {
  expect(faults(text)).toEqual([fault]);
});

test("every fault is named, not only the first, with what was found and what is allowed", () => {
  const file = read("global: { scrape_interval: soon }\nscrape_configs: [{ job_name: a, honor_labels: 7 }]");
  expect(file).toMatchObject({
    ok: false,
    faults: [
      { path: ["global", "scrape_interval"], value: '"soon"', allowed: "duration such as 15s, 1m30s or 1d" },
      { path: ["scrape_configs", 0, "honor_labels"], value: "7", allowed: "true or false" },
    ],
  });
});

test("what Prometheus knows and is not acted on here is accepted, and each named in a warning", () => {
  const file = read(`
global: { query_log_file: q.log, external_labels: { zone: "\${ZONE}", plain: cost $ } }
remote_write: [{ url: "http://x" }]
storage: { tsdb: { out_of_order_time_window: 5m } }
scrape_configs:
  - { job_name: a, kubernetes_sd_configs: [{ role: pod }], proxy_url: "http://p", scrape_protocols: [PrometheusProto, PrometheusText0.0.4] }`);
  expect(file.ok && file.settings.jobs[0]?.protocols).toEqual(["PrometheusText0.0.4"]);
  expect(file.warnings.map((one) => one.path.join("."))).toEqual([
    "global.query_log_file",
    "global.external_labels.zone",
    "remote_write",
    "storage",
    "scrape_configs.0.kubernetes_sd_configs",
    "scrape_configs.0.proxy_url",
    "scrape_configs.0.scrape_protocols",
  ]);
});

test("secrets are references: a file or a name is kept, a value in place is refused and not shown", () => {
  const { jobs } = settings(`
scrape_configs:
  - { job_name: a, basic_auth: { username: u, password_file: pw } }
  - { job_name: b, authorization: { credentials: "env:TOKEN" } }
  - { job_name: c, bearer_token_file: t, tls_config: { ca_file: ca.pem, insecure_skip_verify: true }, follow_redirects: false }`);
  expect(jobs.map((one) => one.http)).toEqual([
    { basicAuth: { user: "u", passwordFrom: "file:pw" }, followRedirects: true },
    { authorization: { type: "Bearer", credentialsFrom: "env:TOKEN" }, followRedirects: true },
    {
      authorization: { type: "Bearer", credentialsFrom: "file:t" },
      tls: { caFile: "ca.pem", insecureSkipVerify: true },
      followRedirects: false,
    },
  ]);
  for (const key of ["basic_auth: { username: u, password: hunter2 }", "authorization: { credentials: hunter2 }"]) {
    const file = read(job(key));
    expect(file).toMatchObject({ ok: false, faults: [{ message: "a secret may not stand in the file" }] });
    expect(JSON.stringify(file)).not.toContain("hunter2");
  }
});

test("YAML's bare numbers and booleans are text where text is meant", () => {
  const { global, jobs } = settings(
    `global: { external_labels: { shard: 1 } }\n${job("static_configs: [{ targets: [a:1], labels: { canary: true, rack: 7 } }]")}`,
  );
  expect(global.externalLabels).toEqual({ shard: "1" });
  expect(jobs[0]?.groups).toEqual([{ targets: ["a:1"], labels: { canary: "true", rack: "7" } }]);
});

test("whatever is in the document, reading it does not throw, and settings are plain JSON", () => {
  const keys = [
    "global",
    "scrape_configs",
    "job_name",
    "relabel_configs",
    "alerting",
    "alertmanagers",
    "regex",
    "labels",
  ];
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      fc.constantFrom(null, true, 0, -1, Number.NaN, "", "a", "15s", "__proto__"),
      fc.array(tie("document"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie("document"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(document, (value) => {
      const file = readPrometheusFile(value);
      if (file.ok) expect(JSON.parse(JSON.stringify(file.settings))).toEqual(file.settings);
      else expect(file.faults.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
