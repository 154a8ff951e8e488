import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CalendarFacts,
  calendar,
  calendarText,
  foldedLine,
} from "../../../shared/core/alerting/oncall/calendar.ts";

const FROM = Date.UTC(2026, 2, 28, 8);
const facts = (more: Partial<CalendarFacts> = {}): CalendarFacts => ({
  schedule: "primary",
  shifts: [
    { from: FROM, until: FROM + 23 * 3_600_000, person: "ann", by: { layer: 1 } },
    { from: FROM + 23 * 3_600_000, until: FROM + 24 * 3_600_000 },
    { from: FROM + 24 * 3_600_000, until: FROM + 48 * 3_600_000, person: "bob", by: { override: "ovr_1" } },
  ],
  names: { ann: "Ann; Example, Dr." },
  gaps: true,
  changedAt: FROM - 60_000,
  ...more,
});

/** A reader of its own, as RFC 5545 has it: unfold, split, unescape. */
function read(text: string): readonly Readonly<Record<string, string>>[] {
  const lines = text.replace(/\r\n[ \t]/g, "").split("\r\n");
  expect(lines.at(-1)).toBe("");
  const events: Record<string, string>[] = [];
  for (const line of lines) {
    if (line === "BEGIN:VEVENT") events.push({});
    const [, name = "", value = ""] = /^([^:;]+)(?:;[^:]*)?:(.*)$/.exec(line) ?? [];
    const event = events.at(-1);
    if (event) event[name] ??= value.replace(/\\([\\;,nN])/g, (_, c: string) => (c === "n" || c === "N" ? "\n" : c));
  }
  return events;
}

describe("a feed", () => {
  test("has an event for each shift, in UTC, whole to a reader of RFC 5545", () => {
    const text = calendar(facts());
    expect(text.startsWith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")).toBe(true);
    expect(text.endsWith("END:VEVENT\r\nEND:VCALENDAR\r\n")).toBe(true);
    expect(read(text)).toMatchObject([
      {
        DTSTART: "20260328T080000Z",
        DTEND: "20260329T070000Z",
        SUMMARY: "Ann; Example, Dr. on call: primary",
        STATUS: "CONFIRMED",
        UID: "20260328T080000Z-ann-primary@oncall.headgate",
      },
      { DTSTART: "20260329T070000Z", SUMMARY: "Nobody on call: primary", STATUS: "TENTATIVE" },
      { SUMMARY: "bob on call: primary", DESCRIPTION: "primary, for 1 d: override ovr_1" },
    ]);
  });

  test("of one person has theirs only; hours with nobody are left out where they are meant", () => {
    expect(read(calendar(facts({ person: "bob" })))).toHaveLength(1);
    expect(read(calendar(facts({ gaps: false })))).toHaveLength(2);
  });

  test("an event that ends otherwise keeps its UID and has a higher SEQUENCE", () => {
    const [before] = read(calendar(facts()));
    const [first, ...rest] = facts().shifts;
    const moved = facts({
      shifts: [{ ...(first as CalendarFacts["shifts"][number]), until: FROM + 3_600_000 }, ...rest],
      changedAt: FROM + 60_000,
    });
    const [after] = read(calendar(moved));
    expect(after?.["UID"]).toBe(before?.["UID"]);
    expect(Number(after?.["SEQUENCE"])).toBeGreaterThan(Number(before?.["SEQUENCE"]));
    expect(calendar(facts())).toBe(calendar(facts()));
  });
});

describe("lines", () => {
  const text = fc.string({ unit: "binary", maxLength: 300 });
  test("are at most 75 octets, cut no character, and are whole again when unfolded", () => {
    fc.assert(
      fc.property(text, (given) => {
        const line = given.replace(/[\r\n]/g, "");
        const folded = foldedLine(line);
        for (const part of folded.split("\r\n")) {
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(75);
          expect(part.isWellFormed()).toBe(line.isWellFormed());
        }
        expect(folded.replaceAll("\r\n ", "")).toBe(line);
      }),
      { numRuns: 200 },
    );
  });

  test("a text cannot end its line or begin another one", () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(calendarText(given)).not.toMatch(/[\r\n]|(?<!\\)(\\\\)*[;,]/);
      }),
      { numRuns: 200 },
    );
    expect(calendarText("a\r\nEND:VEVENT;b\\,c\u0007")).toBe("a\\nEND:VEVENT\\;b\\\\\\,c");
  });
});
