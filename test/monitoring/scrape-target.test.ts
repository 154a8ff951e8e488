import { expect, test } from "vitest";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { compileRelabel } from "../../shared/core/monitoring/relabel.ts";
import { scrapeTarget, withTargetLabels } from "../../shared/core/monitoring/scrape-target.ts";

function target(job: Record<string, unknown>, address = "host:9100", labels: Labels = {}) {
  const file = readPrometheusFile({ scrape_configs: [{ job_name: "node", ...job }] });
  if (!file.ok) throw new Error(JSON.stringify(file.faults));
  const [read] = file.settings.jobs;
  if (!read) throw new Error("no job");
  return scrapeTarget(read, address, labels, compileRelabel(read.relabel));
}

const relabeled = (...rules: readonly Record<string, unknown>[]) => ({ relabel_configs: rules });

test("a target has its job and its address as instance, and nothing that begins with two underscores", () => {
  expect(target({}, "host:9100", { __meta_x: "1", rack: "7", gone: "" })).toMatchObject({
    kind: "target",
    target: {
      url: "http://host:9100/metrics",
      labels: { job: "node", instance: "host:9100", rack: "7" },
      intervalMs: 60_000,
      timeoutMs: 10_000,
    },
  });
});

test("an address stays as it is written: no port is added, instance may be given", () => {
  expect(target({ scheme: "https" }, "host", { instance: "web" })).toMatchObject({
    target: { url: "https://host/metrics", labels: { instance: "web" } },
  });
});

test("relabeling decides address, scheme, path, parameters, interval and timeout", () => {
  expect(
    target(
      {
        metrics_path: "/probe",
        params: { module: ["http_2xx", "x"], debug: ["a b"] },
        ...relabeled(
          { source_labels: ["__address__"], target_label: "__param_target" },
          { source_labels: ["__param_target"], target_label: "instance" },
          { target_label: "__address__", replacement: "blackbox:9115" },
          { target_label: "__param_module", replacement: "tcp" },
          { target_label: "__scheme__", replacement: "https" },
          { target_label: "__scrape_interval__", replacement: "20s" },
          { target_label: "__scrape_timeout__", replacement: "1500ms" },
        ),
      },
      "example.org",
    ),
  ).toMatchObject({
    target: {
      url: "https://blackbox:9115/probe?debug=a%20b&module=tcp&module=x&target=example.org",
      labels: { job: "node", instance: "example.org" },
      intervalMs: 20_000,
      timeoutMs: 1_500,
    },
  });
});

test("a target can be dropped", () => {
  expect(target(relabeled({ source_labels: ["__address__"], regex: "host.*", action: "drop" }))).toEqual({
    kind: "dropped",
  });
});

test.each<[string, Record<string, string>, string]>([
  ["no address", { target_label: "__address__", replacement: "" }, "no address"],
  ["a path", { target_label: "__address__", replacement: "a/b" }, '"a/b" is not a valid hostname'],
  ["a scheme", { target_label: "__scheme__", replacement: "ftp" }, 'invalid scheme "ftp"'],
  [
    "an interval",
    { target_label: "__scrape_interval__", replacement: "soon" },
    "scrape interval cannot be 0 and must be a duration",
  ],
  [
    "a timeout",
    { target_label: "__scrape_timeout__", replacement: "2m" },
    "scrape timeout cannot be greater than scrape interval",
  ],
])("relabeling into %s that cannot be is a fault of the target", (_name, rule, message) => {
  expect(target(relabeled(rule))).toEqual({ kind: "fault", message });
});

test("the same target has the same key, others have others", () => {
  const key = (...given: Parameters<typeof target>) => {
    const found = target(...given);
    return found.kind === "target" ? found.target.key : "";
  };
  expect(key({})).toBe(key({}, "host:9100", {}));
  expect(
    new Set([
      key({}),
      key({}, "b:1"),
      key({ metrics_path: "/m" }),
      key({}, "host:9100", { a: "1" }),
      key({ scrape_interval: "20s" }),
    ]).size,
  ).toBe(5);
});

test.each<[string, Labels, Labels, boolean, Labels]>([
  ["the target's labels are added", { a: "1" }, { job: "j" }, false, { a: "1", job: "j" }],
  ["a conflict is exported", { job: "own" }, { job: "j" }, false, { job: "j", exported_job: "own" }],
  [
    "also where that name is taken",
    { job: "own", exported_job: "x" },
    { job: "j" },
    false,
    { job: "j", exported_job: "x", exported_exported_job: "own" },
  ],
  [
    "also where the target has the exported name itself",
    { job: "own", exported_job: "x" },
    { job: "j", exported_job: "y" },
    false,
    { job: "j", exported_job: "y", exported_exported_job: "own", exported_exported_exported_job: "x" },
  ],
  ["honoured labels stay", { job: "own" }, { job: "j", instance: "i" }, true, { job: "own", instance: "i" }],
])("%s", (_name, sample, labels, honor, expected) => {
  expect(withTargetLabels(sample, labels, honor)).toEqual(expected);
});
