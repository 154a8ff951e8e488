const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A number with as many digits as help: 3 significant ones, thousands shortened. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)} G`;
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  return digits(value);
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 10_000) return String(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return trim(value.toFixed(1));
  if (size >= 0.01) return trim(value.toFixed(2));
  return value === 0 ? "0" : String(Number(value.toPrecision(2)));
}

const trim = (text: string): string => text.replace(/\.?0+$/, "");

const UNITS: Readonly<Record<string, string>> = {
  percent: "%",
  Percent: "%",
  "%": "%",
  "1/s": "req/s",
  "per second": "req/s",
  per_second: "req/s",
  "req/s": "req/s",
  milliseconds: "ms",
  ms: "ms",
  count: "",
  Count: "",
  "": "",
};

/** The unit as people write it; an unknown one as it came. */
export function unitText(unit: string): string {
  return UNITS[unit] ?? unit;
}

/** Value and unit with a thin separation: "1.24 k req/s", "63 %", "4". */
export function quantity(value: number, unit: string): string {
  const text = unitText(unit);
  return text === "" ? number(value) : `${number(value)}\u00a0${text}`;
}

/** A length of time in words people use, two parts at the most. */
export function duration(ms: number): string {
  if (ms < 0) return duration(-ms);
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  const grain = ms < HOUR ? SECOND : MINUTE;
  let rest = Math.round(ms / grain) * grain;
  const parts: string[] = [];
  for (const [size, name] of [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
    [SECOND, "s"],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** One part only, for places where a glance must do: "12 min ago", "in 2 h", "now". */
export function relative(at: number, now: number): string {
  const gap = now - at;
  const size = Math.abs(gap);
  if (size < SECOND) return "now";
  const text =
    size < MINUTE
      ? `${Math.floor(size / SECOND)} s`
      : size < HOUR
        ? `${Math.floor(size / MINUTE)} min`
        : size < 2 * DAY
          ? duration(size)
          : `${Math.floor(size / DAY)} d`;
  return gap >= 0 ? `${text} ago` : `in ${text}`;
}

const timeOnly = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const shortTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const withDay = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const zoneName = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });
const dayOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** Wall time of the control plane in the reader's zone; with the day when it is not today. */
export function clockTime(at: number, now: number): string {
  return dayOnly.format(at) === dayOnly.format(now) ? timeOnly.format(at) : withDay.format(at);
}

/** "14:05", for axes. */
export function axisTime(at: number): string {
  return shortTime.format(at);
}

/** "22 Nov", for axes that cross midnight. */
export function axisDay(at: number): string {
  return dayOnly.format(at);
}

/** What a pointer resting on a time shows: no doubt about zone or day. */
export function absolute(at: number): string {
  return `${withDay.format(at)} ${zone()} · ${new Date(at).toISOString()}`;
}

/** The reader's time zone, said once per page. */
export function zone(): string {
  return new Intl.DateTimeFormat("en-GB").resolvedOptions().timeZone;
}

/** The same as short as it gets, for the time it stands beside: "UTC", "CET", "GMT-5". */
export function zoneShort(at: number): string {
  return zoneName.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? zone();
}

/** "1 service", "3 services". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** A sentence of the API as it is shown: instants in the reader's zone, a number and its unit on one line ("40 %", "4 min"). */
export function told(text: string): string {
  return text
    .replaceAll(INSTANT, (instant) => withDay.format(Date.parse(instant)))
    .replaceAll(/(\d) (?=(%|ms|s|min|h|d)(?![\p{L}\d]))/gu, "$1\u00a0");
}

/** "held_no_data" as words. */
export function words(text: string): string {
  return text.replaceAll(/[_-]/g, " ");
}
