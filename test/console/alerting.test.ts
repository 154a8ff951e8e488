import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flushRows } from "../../console/src/known-alerting.ts";
import {
  byUrgency,
  groupName,
  labelsLine,
  matcherText,
  readLabels,
  routedLine,
  safeUrl,
  windowText,
} from "../../console/src/routed-words.ts";
import {
  formOf,
  localInstant,
  localText,
  newSilence,
  type SilenceForm,
  setsOf,
  silenceFault,
  silenceText,
  silenceWanted,
  writtenWindow,
} from "../../console/src/silence-form.ts";
import { subjectName } from "../../console/src/subjects.ts";
import type { RoutedAlertView, SilencePreviewView, SilenceView } from "../../functions/api/views-alerting.ts";
import { parseMatcher } from "../../shared/core/alerting/matchers/parse.ts";
import { readWindows } from "../../shared/core/alerting/silence-windows.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 4, 12, 0, 30);
const clock = { now: NOW, speed: 1, simulated: false };

const preview: SilencePreviewView = { clock, hides: 2, total: 3, alerts: [], receivers: ["team"], warnings: [] };
const form = (more: Partial<SilenceForm> = {}): SilenceForm => ({
  ...newSilence("", ['alertname="Down"']),
  why: "planned work",
  ...more,
});
const silence = (more: Partial<SilenceView> = {}): SilenceView => ({
  id: "11111111-2222-3333-4444-555555555555",
  state: "active",
  matcherSets: [[{ name: "alertname", op: "=", value: "Down" }]],
  startsAt: NOW - HOUR - 123,
  endsAt: NOW + 2 * HOUR + 456,
  updatedAt: NOW - HOUR,
  createdBy: "ada",
  comment: "planned work",
  annotations: {},
  untilResolved: false,
  matches: 1,
  ...more,
});

describe("labels typed into the tester", () => {
  test.each([
    ["alertname=Down severity=page", { alertname: "Down", severity: "page" }],
    ['{alertname="Down", path="a b"}', { alertname: "Down", path: "a b" }],
    ["a=1,b=2", { a: "1", b: "2" }],
    ['"odd name"="with \\"quotes\\"" x=', { "odd name": 'with "quotes"', x: "" }],
    ["", {}],
  ])("%s", (text, labels) => {
    expect(readLabels(text)).toEqual({ ok: true, labels });
  });

  test.each([
    ["alertname=Down severity", "severity"],
    ["=x", "=x"],
    ['a="open', '"open'],
  ])("%s is refused where it stops making sense", (text, at) => {
    expect(readLabels(text)).toEqual({ ok: false, at });
  });

  test("whatever labels are, written down they are read as the same", () => {
    const labels = fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { noNullPrototype: true, maxKeys: 5 });
    fc.assert(
      fc.property(labels, (given) => {
        expect(readLabels(labelsLine(given))).toEqual({ ok: true, labels: given });
      }),
    );
  });
});

describe("matchers", () => {
  test("are written so that the API reads the same", () => {
    const matchers = fc.record({
      name: fc.string({ minLength: 1, unit: "grapheme" }),
      op: fc.constantFrom("=" as const, "!=" as const),
      value: fc.string({ unit: "grapheme" }),
    });
    fc.assert(
      fc.property(matchers, (given) => {
        const read = parseMatcher(matcherText(given));
        expect(read).toMatchObject({ ok: true, matcher: given });
      }),
    );
  });

  test("an empty line begins another set; blanks and empty lines around do not", () => {
    expect(setsOf('\n a="1" \n b="2"\n \n\n c="3"\n')).toEqual([['a="1"', 'b="2"'], ['c="3"']]);
    expect(setsOf(" \n ")).toEqual([]);
  });
});

describe("the form of a silence", () => {
  const fault = (more: Partial<SilenceForm>, known: Parameters<typeof silenceFault>[2] = { view: preview }) =>
    silenceFault(form(more), undefined, known, NOW);

  test("can be sent when it says what, when and why, and what it hides has been seen", () => {
    expect(fault({})).toBeUndefined();
    expect(fault({ matchers: " \n" })).toMatch(/at least one matcher/);
    expect(fault({}, {})).toMatch(/Wait for what it would hide/);
    expect(fault({}, { fault: "matchers: bad" })).toBe("matchers: bad");
    expect(fault({ why: " " })).toMatch(/Say why/);
    expect(fault({ lasts: "", ends: "" })).toMatch(/when it ends/);
    expect(fault({ lasts: "", ends: localText(NOW - HOUR) })).toMatch(/not in the past/);
    expect(fault({ starts: localText(NOW + HOUR), lasts: "", ends: localText(NOW + HOUR) })).toMatch(/after it begins/);
    expect(fault({ recurs: "weekly", days: [] })).toMatch(/at least one day/);
    expect(fault({ recurs: "weekly", from: "22:00", to: "06:00" })).toMatch(/24:00/);
    expect(fault({ recurs: "weekly", from: "22:00", to: "24:00" })).toBeUndefined();
    expect(fault({ remindBefore: "1h" })).toMatch(/given notice/);
  });

  test("a new one from now on is sent as a duration: the API's clock counts, not the page's", () => {
    expect(silenceWanted(form({ by: "ada" }), undefined, NOW)).toEqual({
      matcherSets: [['alertname="Down"']],
      duration: "2h",
      comment: "planned work",
      createdBy: "ada",
    });
  });

  test("an edit that changes nothing sends exactly what was there", () => {
    const kept = silence({
      untilResolved: true,
      recurs: [{ times: [{ begin: 1320, end: 1440 }], weekdays: [{ begin: 1, end: 5 }], location: "Europe/Berlin" }],
      remind: { beforeMs: HOUR / 4, receiver: "team" },
      annotations: { ticket: "X-1" },
    });
    expect(silenceWanted(formOf(kept), kept, NOW)).toEqual({
      matcherSets: [['alertname="Down"']],
      id: kept.id,
      startsAt: kept.startsAt,
      endsAt: kept.endsAt,
      comment: "planned work",
      createdBy: "ada",
      annotations: { ticket: "X-1" },
      untilResolved: true,
      recurs: [
        {
          times: [{ start_time: "22:00", end_time: "24:00" }],
          weekdays: ["monday:friday"],
          location: "Europe/Berlin",
        },
      ],
      remind: { before: "15m", receiver: "team" },
    });
  });

  test("an active one that is prolonged lasts from now, and stays the same silence", () => {
    const kept = silence();
    const longer = { ...formOf(kept), lasts: "8h" };
    expect(silenceWanted(longer, kept, NOW)).toMatchObject({ startsAt: kept.startsAt, endsAt: NOW + 8 * HOUR });
    expect(silenceText(longer, kept, preview, NOW).join(" ")).toContain("the same silence");
    const other = { ...longer, matchers: 'alertname="Up"' };
    expect(silenceText(other, kept, preview, NOW).join(" ")).toContain("a new one with another id");
  });

  test("an expired one is set again from now, under a new id", () => {
    const gone = silence({ state: "expired", endsAt: NOW - HOUR });
    const wanted = silenceWanted(formOf(gone), gone, NOW);
    expect(wanted).not.toHaveProperty("id");
    expect(wanted).toMatchObject({ startsAt: NOW, endsAt: NOW + 2 * HOUR });
  });

  test("minutes of the field and instants lead to each other", () => {
    expect(localInstant(localText(NOW))).toBe(NOW - 30_000);
    expect(localInstant("")).toBeUndefined();
    expect(localInstant("soon")).toBeUndefined();
  });
});

describe("windows of a silence that comes again", () => {
  const range = (min: number, max: number) =>
    fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
      .map(([a, b]) => ({ begin: Math.min(a, b), end: Math.max(a, b) }));
  const several = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 2 });

  test("are written as a file writes them: the API reads the same", () => {
    const window = fc.record(
      {
        times: several(range(0, 1440).filter(({ begin, end }) => begin < end)),
        weekdays: several(range(0, 6)),
        daysOfMonth: several(range(1, 28)),
        months: several(range(1, 12)),
        years: several(range(2020, 2040)),
        location: fc.constantFrom("Europe/Berlin", "Asia/Tokyo"),
      },
      { requiredKeys: ["times"] },
    );
    fc.assert(
      fc.property(window, (given) => {
        const read = readWindows([writtenWindow(given)]);
        expect(read).toMatchObject({ ok: true, windows: [given] });
      }),
    );
  });

  test("are said in words", () => {
    expect(windowText({ weekdays: [{ begin: 1, end: 5 }], times: [{ begin: 510, end: 1440 }] })).toBe(
      "Mon to Fri, 08:30 to 24:00, UTC",
    );
    expect(windowText({ location: "Europe/Berlin" })).toBe("always, Europe/Berlin");
  });
});

describe("alerts in words", () => {
  const alert = (more: Partial<RoutedAlertView>): RoutedAlertView => ({
    fingerprint: "0",
    labels: {},
    annotations: {},
    startsAt: 0,
    endsAt: 1,
    updatedAt: 0,
    timeout: false,
    state: "firing",
    groups: [],
    ...more,
  });

  test("what needs a person stands first, critical before others, then the newest", () => {
    const items = [
      alert({ fingerprint: "resolved", state: "resolved", startsAt: 9 }),
      alert({ fingerprint: "held", state: "suppressed", startsAt: 9 }),
      alert({ fingerprint: "old", startsAt: 1 }),
      alert({ fingerprint: "new", startsAt: 2 }),
      alert({ fingerprint: "seen", state: "acknowledged", labels: { severity: "critical" } }),
      alert({ fingerprint: "page", labels: { severity: "page" } }),
    ];
    expect(items.sort(byUrgency).map((one) => one.fingerprint)).toEqual([
      "page",
      "new",
      "old",
      "seen",
      "held",
      "resolved",
    ]);
  });

  test("counts are one sentence, and none where nothing is", () => {
    expect(routedLine({ firing: 2, acknowledged: 1, suppressed: 3, resolved: 4 })).toBe(
      "3 alerts fire, 1 of them acknowledged, 3 held back",
    );
    expect(routedLine({ firing: 1, acknowledged: 0, suppressed: 0, resolved: 0 })).toBe("1 alert fires");
    expect(routedLine({ firing: 0, acknowledged: 0, suppressed: 0, resolved: 9 })).toBeUndefined();
  });

  test("a group is called by what it gathers", () => {
    expect(groupName({ labels: { cluster: "c1", alertname: "Down" } })).toBe("Down, cluster=c1");
    expect(groupName({ labels: { cluster: "c1" } })).toBe("cluster=c1");
    expect(groupName({ labels: {} })).toBe("everything together");
    expect(subjectName("alerting", "grp_0123456789abcdef0123456789abcdef")).toBe("group 0123…cdef");
  });

  test.each([
    ["https://x.example/a", "https://x.example/a"],
    ["http://x", "http://x"],
    ["javascript:alert(1)", undefined],
    ["data:text/html,x", undefined],
    ["runbook", undefined],
    [undefined, undefined],
  ])("%s leads to %s", (text, url) => {
    expect(safeUrl(text)).toBe(url);
  });
});

describe("what a flush of a group knew", () => {
  const input = {
    kind: "flush",
    at: NOW,
    counts: { alerts: 3, firing: 2, resolved: 0, inhibited: 0, silenced: 1, cooling: 0 },
    integrations: {
      "webhook[0]": { firing: 2, newFiring: 1, resolved: 0, newResolved: 0, entryAt: NOW - HOUR },
      "email[0]": { firing: 2, newFiring: 0, resolved: 0, newResolved: 0 },
    },
    held: { by: "mute", intervals: ["nights"] },
    escalates: [],
    sample: [
      { fingerprint: "1", labels: { alertname: "Down" }, startsAt: 0, status: "firing" },
      { fingerprint: "2", labels: { alertname: "Up" }, startsAt: 0, status: "firing", suppressed: "silenced" },
    ],
  };

  test("is said in words: counts, news of each integration with the age of what it was told, why it is held", () => {
    expect(flushRows(input, NOW)?.map(({ name, value, ageMs }) => [name, value, ageMs])).toEqual([
      ["alerts", "2 firing, 1 silenced", undefined],
      ["webhook[0]", "1 newly firing", HOUR],
      ["email[0]", "nothing new", undefined],
      ["muted by", "nights", undefined],
      ["of them", '{alertname="Down"} firing; {alertname="Up"} firing, held back', undefined],
    ]);
    expect(flushRows({ kind: "acknowledge", by: "ada" }, NOW)).toBeUndefined();
  });
});
