/** Rules with tests, and whether the tests pass; test/peers/promtool.test.ts asks promtool for its verdict. */
export interface TestFile {
  readonly name: string;
  readonly rules: string;
  readonly tests: string;
  readonly passes: boolean;
  readonly semantics?: "v2" | "v3";
}

const KEEP = `
groups:
  - name: g
    rules:
      - { record: job:up:sum, expr: sum by (job) (up) }
      - alert: Down
        expr: job:up:sum < 2
        for: 2m
        keep_firing_for: 3m
        labels: { severity: "{{ if eq $value 0.0 }}critical{{ else }}warning{{ end }}" }
        annotations: { text: "{{ $labels.job }} has {{ $value }}" }
`;
const SERIES = `
      - { series: 'up{job="k", instance="a"}', values: '1x4 0x9 1x20' }
      - { series: 'up{job="k", instance="b"}', values: '1x34' }
`;
const firing = (at: string, text?: string) =>
  `      - { eval_time: ${at}, alertname: Down${text === undefined ? "" : `, exp_alerts: [{ exp_labels: { job: k, severity: warning }, exp_annotations: { text: ${text} } }]`} }`;
const test = (checks: readonly string[], more = "") => `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: keep
    interval: 1m
    input_series:${SERIES}
    alert_rule_test:
${checks.join("\n")}
${more}`;

const expr = (
  name: string,
  series: string,
  text: string,
  at: string,
  samples: string,
  passes: boolean,
  head = "",
): TestFile => ({
  name,
  rules: "groups: []\n",
  passes,
  semantics: "v2",
  tests: `
rule_files: [rules.yml]
evaluation_interval: 1m
${head}
tests:
  - interval: 1m
    input_series:${series === "" ? " []" : `\n${series}`}
    promql_expr_test:
      - expr: '${text}'
        eval_time: ${at}
        exp_samples: ${samples}
`,
});
const one = (values: string) => `      - { series: 'm{a="x"}', values: '${values}' }`;

export const TEST_FILES: readonly TestFile[] = [
  {
    name: "for, keep_firing_for, a recording rule before it, a template in a label",
    rules: KEEP,
    passes: true,
    tests: test(
      [
        firing("5m"),
        firing("6m"),
        firing("7m", "k has 1"),
        firing("14m", "k has 1"),
        firing("17m", "k has 1"),
        firing("18m"),
      ],
      `    promql_expr_test:
      - { expr: 'job:up:sum', eval_time: 5m, exp_samples: [{ labels: 'job:up:sum{job="k"}', value: 1 }] }
      - { expr: 'count(ALERTS{alertstate="pending"})', eval_time: 6m, exp_samples: [{ value: 1 }] }
      - { expr: 'ALERTS{alertstate="pending"}', eval_time: 7m, exp_samples: [] }
      - { expr: 'ALERTS_FOR_STATE', eval_time: 8m, exp_samples: [{ labels: 'ALERTS_FOR_STATE{alertname="Down", job="k", severity="warning"}', value: 300 }] }
      - { expr: 'ALERTS', eval_time: 19m, exp_samples: [] }`,
    ),
  },
  { name: "an alert a minute too early", rules: KEEP, passes: false, tests: test([firing("6m", "k has 1")]) },
  { name: "an alert that is kept, expected to be gone", rules: KEEP, passes: false, tests: test([firing("15m")]) },
  { name: "an alert with another annotation", rules: KEEP, passes: false, tests: test([firing("7m", "k has 2")]) },
  {
    name: "an alert that no rule has",
    rules: KEEP,
    passes: true,
    tests: test(["      - { eval_time: 7m, alertname: Nope }"]),
  },
  {
    name: "between two evaluations the one before counts",
    rules: KEEP,
    passes: true,
    tests: test([firing("6m59s"), firing("7m30s", "k has 1")]),
  },
  {
    name: "external labels and templates that ask",
    passes: true,
    rules: `
groups:
  - name: g
    rules:
      - alert: A
        expr: m > 1
        labels: { region: "{{ $externalLabels.region }}", empty: "" }
        annotations: { all: '{{ query "sum(m)" | first | value }}', label: '{{ with query "m" | sortByLabel "a" }}{{ . | first | label "a" }}{{ end }}' }
`,
    tests: `
rule_files: [rules.yml]
tests:
  - interval: 1m
    external_labels: { region: eu }
    input_series:
      - { series: 'm{a="x"}', values: 1 }
      - { series: 'm{a="y"}', values: 2 }
    alert_rule_test:
      - eval_time: 0
        alertname: A
        exp_alerts: [{ exp_labels: { a: y, region: eu }, exp_annotations: { all: 3, label: x } }]
`,
  },
  {
    name: "groups in the order that is given",
    passes: true,
    rules: `
groups:
  - name: second
    rules: [{ record: b, expr: a * 2 }]
  - name: first
    rules: [{ record: a, expr: m + 1 }]
`,
    tests: `
rule_files: [rules.yml]
group_eval_order: [first, second]
tests:
  - interval: 1m
    input_series: [{ series: m, values: 4 }]
    promql_expr_test: [{ expr: b, eval_time: 0, exp_samples: [{ labels: b, value: 10 }] }]
`,
  },
  {
    name: "a limit that is exceeded is a failure",
    passes: false,
    rules: "groups: [{ name: g, limit: 1, rules: [{ alert: A, expr: m > 0 }] }]\n",
    tests: `
rule_files: [rules.yml]
tests:
  - interval: 1m
    input_series: [{ series: 'm{a="1"}', values: 1 }, { series: 'm{a="2"}', values: 1 }]
    alert_rule_test: [{ eval_time: 0, alertname: Other }]
`,
  },
  {
    name: "alerts that become one by the rule's labels are a failure",
    passes: false,
    rules: "groups: [{ name: g, rules: [{ alert: A, expr: m > 0, labels: { a: same } }] }]\n",
    tests: `
rule_files: [rules.yml]
tests:
  - interval: 1m
    input_series: [{ series: 'm{a="1"}', values: 1 }, { series: 'm{a="2"}', values: 1 }]
    alert_rule_test: [{ eval_time: 0, alertname: Other }]
`,
  },
  {
    name: "series that come and go end with them: a recorded one too",
    passes: true,
    rules: "groups: [{ name: g, rules: [{ record: r, expr: m > 1 }] }]\n",
    tests: `
rule_files: [rules.yml]
tests:
  - interval: 1m
    input_series: [{ series: m, values: '2 2 1 1 stale _ _ 3' }]
    promql_expr_test:
      - { expr: r, eval_time: 1m, exp_samples: [{ labels: r, value: 2 }] }
      - { expr: r, eval_time: 2m, exp_samples: [] }
      - { expr: m, eval_time: 3m, exp_samples: [{ labels: m, value: 1 }] }
      - { expr: m, eval_time: 5m, exp_samples: [] }
      - { expr: r, eval_time: 7m, exp_samples: [{ labels: r, value: 3 }] }
`,
  },
  expr("a rate", one("0+60x10"), "rate(m[5m])", "10m", "[{ labels: '{a=\"x\"}', value: 1 }]", true),
  expr("a rate that is another", one("0+60x10"), "rate(m[5m])", "10m", "[{ labels: '{a=\"x\"}', value: 2 }]", false),
  expr("a label too many", one("1"), "m", "0", '[{ labels: \'m{a="x", b="y"}\', value: 1 }]', false),
  expr("a sample too many", one("1"), "m", "0", "[]", false),
  expr("a sample too few", "", "m", "0", "[{ labels: m, value: 1 }]", false),
  expr("a scalar", "", "1 + 1", "0", "[{ value: 2 }]", true),
  expr("blanks are gaps", one("1 _ _ 4"), "count_over_time(m[3m])", "3m", "[{ labels: '{a=\"x\"}', value: 2 }]", true),
  expr("no sample is older than five minutes", one("1"), "m", "6m", "[]", true),
  expr("an infinite value", one("Inf"), "m", "0", "[{ labels: 'm{a=\"x\"}', value: .inf }]", true),
  expr("an absent series", "", 'absent(m{a="x"})', "0", "[{ labels: '{a=\"x\"}', value: 1 }]", true),
  expr("the last bit counts", one("0.1"), "m + 0.2", "0", "[{ labels: '{a=\"x\"}', value: 0.3 }]", false),
  expr(
    "a subquery without a step takes the evaluation interval",
    one("0+1x20"),
    "max_over_time(m[3m:])",
    "10m",
    "[{ labels: '{a=\"x\"}', value: 10 }]",
    true,
  ),
  expr(
    "hexadecimal it is not: 0x10 unquoted",
    "      - { series: m, values: 0x10 }",
    "count_over_time(m[20m])",
    "20m",
    "[{ value: 11 }]",
    true,
  ),
];

/** promtool of Prometheus 2 does not know these. */
export const TEST_FILES_3: readonly TestFile[] = [
  expr(
    "the last bit does not count",
    one("0.1"),
    "m + 0.2",
    "0",
    "[{ labels: '{a=\"x\"}', value: 0.3 }]",
    true,
    "fuzzy_compare: true",
  ),
  {
    name: "labels of a group, a query offset, a start",
    passes: true,
    rules: `
groups:
  - name: g
    query_offset: 1m
    labels: { team: data, severity: none }
    rules:
      - { record: r, expr: m * 2 }
      - { alert: A, expr: m > 1, labels: { severity: high }, annotations: { now: '{{ query "m" | first | value }}' } }
`,
    tests: `
rule_files: [rules.yml]
tests:
  - interval: 1m
    start_timestamp: 2024-01-01T00:00:00Z
    input_series: [{ series: m, values: 1 2 3 }]
    alert_rule_test:
      - { eval_time: 1m, alertname: A }
      - { eval_time: 2m, alertname: A, exp_alerts: [{ exp_labels: { team: data, severity: high }, exp_annotations: { now: 3 } }] }
    promql_expr_test:
      - { expr: r, eval_time: 1m, exp_samples: [{ labels: 'r{severity="none", team="data"}', value: 4 }] }
      - { expr: time(), eval_time: 1m, exp_samples: [{ value: 1704067260 }] }
`,
  },
];
