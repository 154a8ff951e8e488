import type { TemplateFunction } from "./function-types.ts";
import { clockOf, type Instant, timeText, unixSeconds, ZERO_TIME } from "./go-time.ts";
import { formatTime } from "./time-format.ts";
import { DAYS, MONTHS } from "./time-layout.ts";
import { type DurationValue, durationText, type NamedValue, type TimeValue, type Value } from "./values.ts";

type Method = TemplateFunction<unknown>;

const named = (type: string, value: number, text: string): NamedValue => ({
  kind: "named",
  type,
  value: BigInt(value),
  stringer: () => text,
});

/** A method of time.Time without arguments. */
const of = (read: (at: Instant) => Value): Method => ({ params: [], call: ([at]) => read(at as TimeValue) });
const withTime = (read: (at: TimeValue, other: TimeValue) => Value): Method => ({
  params: ["time.Time"],
  call: ([at, other]) => read(at as TimeValue, other as TimeValue),
});

const part = (name: "year" | "day" | "hour" | "minute" | "second" | "nanos" | "yearDay"): Method =>
  of((at) => BigInt(clockOf(at)[name]));

const TIME: Readonly<Record<string, Method>> = {
  Format: { params: ["string"], call: ([at, layout]) => formatTime(at as TimeValue, layout as string) },
  String: of(timeText),
  Unix: of(({ nanos }) => unixSeconds(nanos)),
  UnixMilli: of(({ nanos }) => nanos / 1_000_000n),
  UnixMicro: of(({ nanos }) => nanos / 1000n),
  UnixNano: of(({ nanos }) => nanos),
  Year: part("year"),
  Month: of((at) => named("time.Month", clockOf(at).month, MONTHS[clockOf(at).month - 1] ?? "")),
  Day: part("day"),
  Hour: part("hour"),
  Minute: part("minute"),
  Second: part("second"),
  Nanosecond: part("nanos"),
  YearDay: part("yearDay"),
  Weekday: of((at) => named("time.Weekday", clockOf(at).weekday, DAYS[clockOf(at).weekday] ?? "")),
  IsZero: of(({ nanos }) => nanos === ZERO_TIME),
  UTC: of(({ nanos }) => ({ kind: "time", nanos, zone: "UTC" })),
  Local: of(({ nanos }) => ({ kind: "time", nanos, zone: "UTC" })),
  After: withTime((at, other) => at.nanos > other.nanos),
  Before: withTime((at, other) => at.nanos < other.nanos),
  Equal: withTime((at, other) => at.nanos === other.nanos),
  Compare: withTime((at, other) => (at.nanos === other.nanos ? 0n : at.nanos > other.nanos ? 1n : -1n)),
  Sub: withTime((at, other) => ({ kind: "duration", nanos: clamped(at.nanos - other.nanos) })),
  Add: {
    params: ["time.Duration"],
    call: ([at, by]) => {
      const { nanos, zone } = at as TimeValue;
      return { kind: "time", nanos: nanos + (by as DurationValue).nanos, zone };
    },
  },
};

/** A difference beyond an int64 stops at its ends. */
const clamped = (nanos: bigint): bigint => {
  const most = 2n ** 63n - 1n;
  return nanos > most ? most : nanos < -most - 1n ? -most - 1n : nanos;
};

const duration = (read: (nanos: bigint) => Value): Method => ({
  params: [],
  call: ([value]) => read((value as DurationValue).nanos),
});
/** Whole and fraction apart, as Go adds them. */
const inUnits = (unit: bigint): Method =>
  duration((nanos) => Number(nanos / unit) + Number(nanos % unit) / Number(unit));
const stepped = (cut: (nanos: bigint, step: bigint) => bigint): Method => ({
  params: ["time.Duration"],
  call: ([value, by]) => {
    const [{ nanos }, { nanos: step }] = [value as DurationValue, by as DurationValue];
    return { kind: "duration", nanos: step <= 0n ? nanos : cut(nanos, step) };
  },
});

function rounded(nanos: bigint, step: bigint): bigint {
  if (nanos < 0n) return -rounded(-nanos, step);
  const rest = nanos % step;
  return rest * 2n < step ? nanos - rest : nanos - rest + step;
}

const DURATION: Readonly<Record<string, Method>> = {
  String: duration(durationText),
  Hours: inUnits(3_600_000_000_000n),
  Minutes: inUnits(60_000_000_000n),
  Seconds: inUnits(1_000_000_000n),
  Milliseconds: duration((nanos) => nanos / 1_000_000n),
  Microseconds: duration((nanos) => nanos / 1000n),
  Nanoseconds: duration((nanos) => nanos),
  Abs: duration((nanos) => ({ kind: "duration", nanos: nanos < 0n ? -nanos : nanos })),
  Truncate: stepped((nanos, step) => nanos - (nanos % step)),
  Round: stepped(rounded),
};

/** Methods of time.Time, time.Duration, time.Month and time.Weekday that templates can call. */
export function timeMethod(value: Exclude<Value, null>, name: string): Method | undefined {
  if (typeof value !== "object") return undefined;
  if (value.kind === "time") return Object.hasOwn(TIME, name) ? TIME[name] : undefined;
  if (value.kind === "duration") return Object.hasOwn(DURATION, name) ? DURATION[name] : undefined;
  if (value.kind === "named" && name === "String" && value.stringer)
    return { params: [], call: ([self]) => (self as NamedValue).stringer?.(self ?? null) ?? "" };
  return undefined;
}
