import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTemplates } from "../../shared/core/alerting/templates/compile.ts";
import { templateData } from "../../shared/core/alerting/templates/data.ts";
import { readTemplateData, TemplateDataFault } from "../../shared/core/alerting/templates/read-data.ts";
import type { AlertTemplates, Rendered } from "../../shared/core/alerting/templates/render.ts";
import { DATA } from "./templates-data.ts";
import { HTMLS } from "./templates-html-table.ts";
import { TEXTS } from "./templates-text-table.ts";

const NOW = Date.UTC(2025, 0, 1);

function compiled(...texts: readonly string[]): AlertTemplates {
  const answer = compileTemplates(texts.map((text, index) => ({ file: `dir/${index}.tmpl`, text })));
  if (!answer.ok) throw new Error(JSON.stringify(answer.faults));
  return answer.templates;
}

const told = (rendered: Rendered): string => (rendered.ok ? rendered.text : rendered.message);
const templates = compiled();
const data = readTemplateData(DATA);
const text = (expr: string, of = data): string => told(templates.text(expr, of, { now: NOW }));
const html = (expr: string, of = data): string => told(templates.html(expr, of, { now: NOW }));

const ROW = {
  labels: { alertname: "Down", instance: "a" },
  annotations: { summary: "s" },
  startsAt: NOW - 60_000,
  endsAt: NOW + 60_000,
  generatorUrl: "http://prom/g",
  fingerprint: "00000000000000aa",
};
const TOLD = {
  receiver: "team.x",
  groupLabels: { alertname: "Down" },
  routeLabels: { team: "x" },
  reason: "first notification",
  externalUrl: "http://am",
};

describe("a template of a notification", () => {
  it("gives what Go's text/template with Alertmanager's functions gives, messages too", () => {
    const wrong = TEXTS.filter(([expr, answer, fails]) => {
      const rendered = templates.text(expr, data, { now: NOW });
      return rendered.ok === (fails === true) || told(rendered) !== answer;
    });
    expect(wrong.map(([expr]) => [expr, text(expr)])).toEqual([]);
    expect(TEXTS.length).toBeGreaterThan(180);
  });

  it("is escaped for its place in HTML, CSS, scripts and addresses as Go's html/template escapes it", () => {
    const wrong = HTMLS.filter(([expr, answer, fails]) => {
      const rendered = templates.html(expr, data, { now: NOW });
      return rendered.ok === (fails === true) || told(rendered) !== answer;
    });
    expect(wrong.map(([expr]) => [expr, html(expr)])).toEqual([]);
    expect(HTMLS.length).toBeGreaterThan(380);
  });

  it("base64 is of the alphabet for addresses, maps that were never made are null, no time is the year 1", () => {
    const empty = readTemplateData({});
    expect(text('{{ base64encode "a?b>c~" }} {{ base64decode "YT9iPmN-" }}')).toBe("YT9iPmN- a?b>c~");
    expect(text("{{ toJson .CommonLabels }}{{ toJson .Alerts }}", empty)).toBe("nullnull");
    expect(text("{{ len .CommonLabels }}{{ range .Alerts }}x{{ else }}none{{ end }}", empty)).toBe("0none");
    expect(text("{{ (index .Alerts 0).EndsAt | toJson }}")).toBe('"0001-01-01T00:00:00Z"');
  });

  it("base64 of any text reads back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (any) => {
        const quoted = JSON.stringify(any).replaceAll("\u2028", "\\u2028");
        expect(text(`{{ base64decode (base64encode ${quoted}) }}`)).toBe(any);
      }),
      { numRuns: 60 },
    );
  });

  it("whatever comes from data, HTML around it keeps its shape", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (any) => {
        const of = { ...data, status: any };
        const out = html(
          '<p title="{{ .Status }}">{{ .Status }}</p><a href="{{ .Status }}">x</a><script>f({{ .Status }})</script>',
          of,
        );
        expect(out.match(/[<>]/g)?.length).toBe(12);
        expect(out.split("<script>")[0]?.match(/"/g)?.length).toBe(4);
        expect(out).not.toMatch(/href="\s*(javascript|data|vbscript):/i);
      }),
      { numRuns: 100 },
    );
  });

  it("a file replaces the default of its name, one of blanks does not, and a file is a template itself", () => {
    const mine = compiled(
      '{{ define "slack.default.title" }}mine {{ .Status }}{{ end }}',
      'whole {{ .Receiver }}{{ define "slack.default.title" }} {{ end }}',
    );
    const render = (expr: string) => told(mine.text(expr, data, { now: NOW }));
    expect(render('{{ template "slack.default.fallback" . }}')).toMatch(/^mine firing \| /);
    expect(render('{{ template "1.tmpl" . }}')).toBe("whole team-x.y");
    expect(render('{{ define "__subject" }}own{{ end }}{{ template "sns.default.subject" . }}')).toBe("own");
    expect(render('{{ template "sns.default.subject" . }}')).toMatch(/^\[FIRING:2\] /);
  });

  it("files that do not parse are named with their lines, all of them", () => {
    const answer = compileTemplates([
      { file: "conf/a.tmpl", text: 'one\n{{ define "x" }}' },
      { file: "conf/b.tmpl", text: "{{ .X | nope }}" },
      { file: "conf/c.tmpl", text: "fine" },
    ]);
    expect(answer).toEqual({
      ok: false,
      faults: [
        { file: "conf/a.tmpl", line: 2, message: "template: a.tmpl:2: unexpected EOF" },
        { file: "conf/b.tmpl", line: 1, message: 'template: b.tmpl:1: function "nope" not defined' },
      ],
    });
  });

  it("thousands of alerts are told of, and a template that would not end is ended", () => {
    const [first] = DATA.alerts;
    const storm = readTemplateData({ ...DATA, alerts: Array.from({ length: 5_000 }, () => first) });
    expect(text('{{ template "sns.default.message" . }}', storm).length).toBeGreaterThan(500_000);
    expect(text("{{ range .Alerts }}{{ range $.Alerts }}{{ end }}{{ end }}", storm)).toContain(
      "more than 3000000 steps",
    );
    expect(text(`{{ $a := dict "a" . }}${'{{ $a = dict "a" $a "b" $a }}'.repeat(60)}{{ toJson $a }}`)).toContain(
      "the result is longer",
    );
    expect(text('{{ match "(a*)*b" .Status }}')).toBe("false");
  });
});

describe("labels of a route", () => {
  const routed = (labels: Readonly<Record<string, string>>) =>
    templates.routeLabels(
      labels,
      templateData({ ...TOLD, alerts: [{ ...ROW, status: "firing" }], routeLabelsRendered: false }),
      { now: NOW },
    );

  it("may be templates that ask for each other", () => {
    expect(
      routed({
        team: '{{ .GroupLabels.alertname }}-{{ routeLabels "tier" }}',
        tier: "{{ .Status | toUpper }}",
        plain: "p",
      }),
    ).toEqual({
      labels: { team: "Down-FIRING", tier: "FIRING", plain: "p" },
      faults: {},
    });
  });

  it("that ask for each other in a circle are left out, and told", () => {
    const { labels, faults } = routed({ a: '{{ routeLabels "b" }}', b: '{{ routeLabels "a" }}', c: "fine" });
    expect(labels).toEqual({ c: "fine" });
    expect(faults["a"]).toContain("route label cycle detected: a -> b -> a");
  });

  it("of a notification are texts already", () => {
    const of = templateData({ ...TOLD, routeLabels: { team: "{{ .Status }}" }, alerts: [] });
    expect(text('{{ routeLabels "team" }}{{ routeLabels "none" }}', of)).toBe("{{ .Status }}");
  });
});

describe("data of a notification", () => {
  const of = templateData({
    ...TOLD,
    alerts: [
      { ...ROW, status: "firing" },
      { ...ROW, labels: { alertname: "Down", instance: "b" }, status: "resolved", endsAt: NOW - 1_500 },
    ],
  });

  it("a firing alert has no end, what all have in common is common, a receiver's name is quoted", () => {
    expect(JSON.parse(text("{{ toJson . }}", of))).toEqual({
      receiver: "team\\.x",
      status: "firing",
      alerts: [
        {
          status: "firing",
          labels: ROW.labels,
          annotations: ROW.annotations,
          startsAt: "2024-12-31T23:59:00Z",
          endsAt: "0001-01-01T00:00:00Z",
          generatorURL: "http://prom/g",
          fingerprint: "00000000000000aa",
        },
        {
          status: "resolved",
          labels: { alertname: "Down", instance: "b" },
          annotations: ROW.annotations,
          startsAt: "2024-12-31T23:59:00Z",
          endsAt: "2024-12-31T23:59:58.5Z",
          generatorURL: "http://prom/g",
          fingerprint: "00000000000000aa",
        },
      ],
      notification_reason: "first notification",
      groupLabels: { alertname: "Down" },
      commonLabels: { alertname: "Down" },
      commonAnnotations: { summary: "s" },
      routeLabels: { team: "x" },
      externalURL: "http://am",
    });
  });

  it("times can be told in a zone", () => {
    expect(text('{{ (index .Alerts 1).EndsAt | tz "Europe/Paris" | date "15:04:05.0 MST" }}', of)).toBe(
      "00:59:58.5 CET",
    );
    expect(
      text("{{ since (index .Alerts 0).StartsAt }} {{ (index .Alerts 0).StartsAt | since | humanizeDuration }}", of),
    ).toBe("1m0s 1m 0s");
  });

  it.each<[unknown, string]>([
    [[], "data: an object expected"],
    [{ alerts: {} }, "data.alerts: a list expected"],
    [{ alerts: [{ startsAt: "soon" }] }, "data.alerts[0].startsAt: a time in RFC 3339 expected"],
    [{ groupLabels: { a: 1 } }, "data.groupLabels.a: a text expected"],
    [{ receiver: 5 }, "data.receiver: a text expected"],
  ])("a document %j is refused: %s", (document, message) => {
    expect(() => readTemplateData(document)).toThrow(TemplateDataFault);
    expect(() => readTemplateData(document)).toThrow(message);
  });
});
