import { DAY_MS, iso, type Millis, SECOND_MS } from "../../kernel/time.ts";

const FORM = /^bkp_(\d{4})(\d{2})(\d{2})_(\d{2})(\d{2})(\d{2})(?:_([1-9]\d{0,5}))?$/;

/** "bkp_20261123_073000" (UTC), with "_2" and so on where a second has several. */
export function pointId(at: Millis, number = 1): string {
  const [day, time] = iso(at).split("T") as [string, string];
  const id = `bkp_${day.replaceAll("-", "")}_${time.slice(0, 8).replaceAll(":", "")}`;
  return number > 1 ? `${id}_${number}` : id;
}

/** The second a point's id names, ms; undefined for any other text. */
export function pointTime(id: string): Millis | undefined {
  const match = FORM.exec(id);
  if (!match) return undefined;
  const [year, month, day, hours, minutes, seconds] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Days from civil, H. Hinnant: the inverse of the kernel's civilFromDays.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const days = era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468;
  return days * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * SECOND_MS;
}

/** Orders ids of points by time, and those of one second by their number. */
export function byPoint(a: string, b: string): number {
  const [x, y] = [FORM.exec(a), FORM.exec(b)];
  const [stampA, stampB] = [a.slice(0, 19), b.slice(0, 19)];
  if (!x || !y || stampA !== stampB) return a < b ? -1 : a > b ? 1 : 0;
  return Number(x[7] ?? 1) - Number(y[7] ?? 1);
}
