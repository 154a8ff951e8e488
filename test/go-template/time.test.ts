import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallFault } from "../../shared/core/go-template/function-types.ts";
import { clockOf, rfc3339, timeText, ZERO_TIME } from "../../shared/core/go-template/go-time.ts";
import { formatTime } from "../../shared/core/go-template/time-format.ts";
import { parseTime } from "../../shared/core/go-template/time-parse.ts";
import { durationText } from "../../shared/core/go-template/values.ts";
import { DURATIONS, FORMATTED, PARSED } from "./time-table.ts";

const read = (layout: string, text: string): string => {
  try {
    return timeText(parseTime(layout, text));
  } catch (error) {
    if (error instanceof CallFault) return error.message;
    throw error;
  }
};

describe("Go's times", () => {
  it.each(FORMATTED)("%s ns in %s by %j is %j", (nanos, zone, layout, text) => {
    expect(formatTime({ nanos: BigInt(nanos), zone }, layout)).toBe(text);
  });

  it.each(PARSED)("by %j the text %j is %j", (layout, text, answer) => {
    expect(read(layout, text)).toBe(answer);
  });

  it.each(DURATIONS)("%s ns are %s", (nanos, text) => {
    expect(durationText(BigInt(nanos))).toBe(text);
  });

  it("the time that stands for none is the first of January of the year 1", () => {
    expect(rfc3339({ nanos: ZERO_TIME, zone: "UTC" })).toBe("0001-01-01T00:00:00Z");
    expect(timeText({ nanos: ZERO_TIME, zone: "UTC" })).toBe("0001-01-01 00:00:00 +0000 UTC");
  });

  it("before there were zones a place has its own mean time, in the year 0 too", () => {
    const { nanos } = parseTime("2006", "0000");
    expect(timeText({ nanos, zone: "America/New_York" })).toBe("-0001-12-31 19:03:58 -0456 LMT");
  });

  it("what a layout writes it reads again, to the nanosecond, in every zone", () => {
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia");
    const layout = fc.constantFrom("2006-01-02T15:04:05.999999999Z07:00", "Mon, 2 Jan 2006 3:04:05.000000000 PM -0700");
    fc.assert(
      fc.property(fc.bigInt(0n, 4_000_000_000_000_000_000n), zone, layout, (nanos, inZone, by) => {
        expect(parseTime(by, formatTime({ nanos, zone: inZone }, by)).nanos).toBe(nanos);
      }),
    );
  });

  it("the name of a zone changes with its offset, and is the offset where there is no name", () => {
    const at = (iso: string) => parseTime("2006-01-02", iso).nanos;
    const names = (zone: string) =>
      ["2024-01-15", "2024-07-15"].map((iso) => clockOf({ nanos: at(iso), zone }).zoneName);
    expect(names("Europe/Berlin")).toEqual(["CET", "CEST"]);
    expect(names("Australia/Sydney")).toEqual(["AEDT", "AEST"]);
    expect(names("Asia/Kathmandu")).toEqual(["+0545", "+0545"]);
    expect(names("America/Sao_Paulo")).toEqual(["-03", "-03"]);
  });
});
