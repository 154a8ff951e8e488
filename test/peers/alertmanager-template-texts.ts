import fc from "fast-check";

/** Data of a notification as `amtool template render --template.data` reads it. */
export const DATA = {
  receiver: "team/db",
  status: "firing",
  notification_reason: "first notification",
  alerts: [
    {
      status: "firing",
      labels: { alertname: "Down & <out>", inst: 'a"1', sev: "page", größe: "ü", "x.y": "", path: "/a b?c=d&e=ä" },
      annotations: {
        summary: "It's <b>down</b>\nsince 5 m",
        runbook: "https://wiki/x?y=1&z=ü",
        js: "javascript:alert(1)",
      },
      startsAt: "2026-08-22T10:11:12.123456789Z",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://prometheus/graph?g0.expr=up%20%3D%3D+0",
      fingerprint: "0f4630575f5ddc30",
    },
    {
      status: "resolved",
      labels: { alertname: "Down & <out>", inst: "b2", sev: "page" },
      annotations: { summary: "" },
      startsAt: "2026-08-22T09:00:00+02:00",
      endsAt: "2026-08-22T10:00:00Z",
      generatorURL: "",
      fingerprint: "472fabf7f05bc479",
    },
  ],
  groupLabels: { alertname: "Down & <out>" },
  commonLabels: { alertname: "Down & <out>", sev: "page" },
  commonAnnotations: {},
  routeLabels: { team: "db" },
  externalURL: "http://alerts.example.org",
};

/** Names of the default templates with their usual places. */
export const DEFAULTS: readonly (readonly [type: "text" | "html", expression: string])[] = [
  ...[
    ...[
      "__subject",
      "__description",
      "__alertmanager",
      "__alertmanagerURL",
      "__text_alert_list",
      "__text_alert_list_markdown",
    ],
    ...[
      "title",
      "username",
      "fallback",
      "callbackid",
      "pretext",
      "titlelink",
      "iconemoji",
      "iconurl",
      "text",
      "footer",
    ].map((name) => `slack.default.${name}`),
    ...[
      "pagerduty.default.description",
      "pagerduty.default.client",
      "pagerduty.default.clientURL",
      "pagerduty.default.instances",
    ],
    ...["opsgenie.default.message", "opsgenie.default.description", "opsgenie.default.source"],
    ...["email.default.subject", "sns.default.subject", "sns.default.message", "telegram.default.message"],
    ...["discord.default.title", "discord.default.content", "discord.default.message", "webex.default.message"],
    ...["msteamsv2.default.title", "msteamsv2.default.text", "msteams.default.summary", "msteams.default.title"],
    ...[
      "victorops.default.state_message",
      "victorops.default.entity_display_name",
      "victorops.default.monitoring_tool",
    ],
    ...["pushover.default.title", "pushover.default.message", "pushover.default.url", "wechat.default.message"],
    ...["jira.default.summary", "jira.default.description", "jira.default.priority", "rocketchat.default.text"],
    ...["mattermost.default.text", "incidentio.default.title", "incidentio.default.description"],
  ].map((name) => ["text", `{{ template "${name}" . }}`] as const),
  ["html", '{{ template "email.default.html" . }}'],
  ["text", '{{ template "email.default.html" . }}'],
  ["html", '{{ template "telegram.default.message" . }}'],
];

const text = (from: readonly string[]) => fc.constantFrom(...from);
const literal = text([
  '"x"',
  '""',
  '"<i>"',
  "`raw\\n`",
  '"ü\\t\\x41"',
  '"2"',
  '"a b"',
  '"alertname"',
  '"https://x/?a=b"',
]);
const number = text(["0", "1", "-2", "1.5", "3600", "0x10", "1e3", "'a'"]);

interface Parts {
  str: string;
  any: string;
  list: string;
  kv: string;
  time: string;
  bool: string;
  body: string;
}

/** Expressions of the kinds that functions take, sometimes of the wrong one. */
const { body: templateBody } = fc.letrec<Parts>((tie: fc.LetrecTypedTie<Parts>) => {
  const wrap = (kind: keyof Parts) => tie(kind).map((one) => `(${one})`);
  const leaf = text([
    ...[".Status", ".Receiver", ".ExternalURL", ".NotificationReason", ".GroupLabels.alertname", ".CommonLabels.sev"],
    ...['(index .CommonLabels "sev")', ".CommonLabels.absent", '(index (index .Alerts 0).Labels "größe")', "$.Status"],
    ...["(index .Alerts 0).Annotations.summary", "(index .Alerts 0).GeneratorURL", "(index .Alerts 1).Fingerprint"],
    ...["(index .Alerts 0).Labels.path", "(index .Alerts 0).Annotations.js", "(index .Alerts 0).Annotations.runbook"],
  ]);
  const call1 = fc
    .tuple(
      text(["toUpper", "toLower", "title", "trimSpace", "base64encode", "urlUnescape", "safeHtml", "safeUrl"]),
      wrap("str"),
    )
    .map(([name, one]) => `${name} ${one}`);
  const more1 = fc
    .tuple(
      text(["base64decode", "html", "js", "urlquery", "print", "println", "printf", "len", "routeLabels"]),
      wrap("str"),
    )
    .map(([name, one]) => `${name} ${one}`);
  return {
    str: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      literal,
      call1,
      more1,
      fc.tuple(literal, wrap("list")).map(([sep, list]) => `join ${sep} ${list}`),
      fc
        .tuple(
          text(['"[aeiou]"', '"(\\\\w+) "', '"^"', '"("', '"$"']),
          text(['"_"', '"$1!"', '"$0$0"', '""', `"$\{1}!"`]),
          wrap("str"),
        )
        .map(([pattern, to, one]) => `reReplaceAll ${pattern} ${to} ${one}`),
      fc
        .tuple(
          text(['"%s|%v"', '"%v %T"', '"%v%%%s"', '"%v"', '"%s %s %s"', '"%[2]v %[1]v"']),
          wrap("any"),
          wrap("any"),
        )
        .map(([format, a, b]) => `printf ${format} ${a} ${b}`),
      // Verbs for texts: of an instant they would show its insides, an address among them.
      fc
        .tuple(text(['"%q %-8s|"', '"%x %d"', '"%.3s|%10q"', '"%+q %X"', '"%c%s"', '"%*s"']), wrap("str"), wrap("str"))
        .map(([format, a, b]) => `printf ${format} ${a} ${b}`),
      fc
        .tuple(text(['"%5.2f %03d"', '"%d %x"', '"%v %+d"', '"%e %o"', '"%g %b"', '"%08.3f %c"']), number, number)
        .map(([format, a, b]) => `printf ${format} ${a} ${b}`),
      fc
        .tuple(text(['"2006-01-02 15:04:05"', '"Mon Jan _2 03:04PM MST"', '"02.1.06 Z07:00 .000"']), wrap("time"))
        .map(([layout, time]) => `date ${layout} ${time}`),
      wrap("any").map((one) => `toJson ${one}`),
      fc.oneof(number, wrap("str")).map((one) => `humanizeDuration ${one}`),
      fc
        .tuple(tie("str"), text(["toUpper", "title", "trimSpace", "len", "html", "printf `%s!`", "urlquery"]))
        .map(([one, pipe]) => `${one} | ${pipe}`),
    ),
    any: fc.oneof(
      { depthSize: "small" },
      tie("str"),
      number,
      tie("list"),
      tie("kv"),
      tie("time"),
      tie("bool"),
      text(["nil", ".Alerts.Firing", "."]),
    ),
    list: fc.oneof(
      { depthSize: "small" },
      text([
        ".CommonLabels.Names",
        ".CommonLabels.Values",
        "(index .Alerts 0).Labels.SortedPairs.Names",
        'stringSlice "b" "a"',
      ]),
      fc.tuple(wrap("str"), wrap("str")).map(([a, b]) => `stringSlice ${a} ${b}`),
      fc.tuple(wrap("any"), wrap("any")).map(([a, b]) => `list ${a} ${b}`),
      fc.tuple(wrap("list"), wrap("any")).map(([list, one]) => `append ${list} ${one}`),
    ),
    kv: fc.oneof(
      { depthSize: "small" },
      text([".GroupLabels", ".CommonLabels", ".CommonAnnotations", "(index .Alerts 0).Labels"]),
      tie("list").map((list) => `.CommonLabels.Remove (${list})`),
      fc.tuple(literal, wrap("any")).map(([name, one]) => `dict ${name} ${one}`),
    ),
    time: fc.oneof(
      { depthSize: "small" },
      text([
        "(index .Alerts 0).StartsAt",
        "(index .Alerts 0).EndsAt",
        "(index .Alerts 1).StartsAt",
        "(index .Alerts 1).EndsAt",
      ]),
      text([
        'toDate "2006-01-02" "2026-08-22"',
        'toDate "2006" "x"',
        'mustToDate "15:04" "23:59"',
        'mustToDate "2006" "x"',
      ]),
      fc
        .tuple(text(['"Europe/Berlin"', '"UTC"', '"America/New_York"', '"Mars/X"', '""']), wrap("time"))
        .map(([zone, time]) => `tz ${zone} ${time}`),
      tie("time").map((time) => `(${time}).UTC`),
    ),
    bool: fc.oneof(
      { depthSize: "small" },
      text(["true", "false"]),
      fc.tuple(text(["eq", "ne", "lt", "le", "gt", "ge"]), wrap("any"), wrap("any")).map((parts) => parts.join(" ")),
      fc.tuple(text(["and", "or"]), wrap("any"), wrap("any")).map((parts) => parts.join(" ")),
      wrap("any").map((one) => `not ${one}`),
      fc
        .tuple(text(['"^D"', '"ü"', '"("', '"(?i)PAGE"']), wrap("str"))
        .map(([pattern, one]) => `match ${pattern} ${one}`),
    ),
    body: fc.oneof(
      { depthSize: "small" },
      fc.tuple(text(["{{ ", "{{- ", "{{"]), tie("any"), text([" }}", " -}}", "}}"])).map((parts) => parts.join("")),
      tie("str").map((one) => `{{ ${one} }}`),
      fc
        .tuple(wrap("any"), tie("body"), tie("body"))
        .map(([one, a, b]) => `{{ if ${one} }}${a}{{ else }} ${b}{{ end }}`),
      fc
        .tuple(wrap("list"), tie("body"))
        .map(([list, a]) => `{{ range $i, $v := ${list} }}{{ $i }}={{ $v }} ${a};{{ else }}none{{ end }}`),
      tie("body").map(
        (a) =>
          `{{ range .Alerts }}{{ .Labels.inst }} {{ .Status }}{{ if eq .Status "resolved" }}{{ continue }}{{ end }}\n{{ end }}${a}`,
      ),
      tie("kv").map((kv) => `{{ range (${kv}).SortedPairs }}{{ .Name }}: {{ .Value }}, {{ end }}`),
      tie("kv").map((kv) => `{{ range $k, $v := ${kv} }}{{ $k }}={{ $v }},{{ end }}`),
      fc
        .tuple(tie("str"), tie("body"))
        .map(([one, a]) => `{{ with $x := ${one} }}{{ . }}-{{ $x }}{{ else }}${a}{{ end }}`),
      fc
        .tuple(tie("str"), tie("str"))
        .map(([one, a]) => `{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" ${one} }}{{ $y := ${a} }}{{ $y }}`),
    ),
  };
});

const PLACES: readonly (readonly [before: string, after: string])[] = [
  ["", ""],
  ["<p>", "</p>"],
  ['<a href="', '">x</a>'],
  ["<a href=/x?y=", ">x</a>"],
  ["<a title='", "'>x</a>"],
  ["<script>var x = ", ";</script>"],
  ['<script>var x = "', '";</script>'],
  ['<b onclick="f(', ')">x</b>'],
  ['<p style="color: ', '">x</p>'],
  ["<style>p { width: ", " }</style>"],
  ["<textarea>", "</textarea>"],
  ["<!-- ", " -->"],
  ['<img src="', '" alt="{{ .Status }}">'],
  ['<a href="https://x/?q=', '&z=1#{{ .Status }}">x</a>'],
];

export interface RandomTemplate {
  readonly type: "text" | "html";
  readonly text: string;
}

export const randomTemplate: fc.Arbitrary<RandomTemplate> = fc
  .tuple(fc.constantFrom("text" as const, "html" as const), fc.constantFrom(...PLACES), templateBody)
  .map(([type, [before, after], inner]) => ({ type, text: type === "html" ? `${before}${inner}${after}` : inner }));
