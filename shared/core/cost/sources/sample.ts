import { DAY_MS, HOUR_MS } from "../../kernel/time.ts";
import { type Day, daysOf, startOf } from "../day.ts";
import { type Decimal, decimal, fromNumber, multiply, round, subtract, ZERO } from "../decimal.ts";
import type { Charge } from "../types.ts";
import { bell, drawsOf } from "./random.ts";
import { SAMPLE_ITEMS, type SampleItem } from "./sample-items.ts";

export interface SampleAsk {
  /** The same bill for the same seed. */
  readonly seed: number;
  readonly day: Day;
  /** Each thing so many times, as resources of their own. Default 1. */
  readonly copies?: number;
  /** A charge for each hour, as AWS writes them; else one for the day. */
  readonly hourly?: boolean;
}

export const SAMPLE_ACCOUNT = "111122223333";
const ACCOUNTS = [SAMPLE_ACCOUNT, "444455556666"] as const;
const REGION = "eu-central-1";
const COMMITMENT = `arn:aws:savingsplans::${SAMPLE_ACCOUNT}:savingsplan/5f0c1d2e-0000-4000-8000-000000000001`;
/** USD an hour, paid whether it is used or not; what it covers costs 80 % of the list price. */
const COMMITTED_PER_HOUR = known("0.35");
const COVERED_RATE = known("0.80");
const TAX_PER_MONTH = known("148.37");
const CREDIT = known("-25.00");
/** 2024-01-01: growth is counted from here, so that a day is the same whatever other days are asked for. */
const EPOCH_DAY = 19_723;
const DIGITS = 6;

function known(text: string): Decimal {
  const value = decimal(text);
  if (value === undefined) throw new RangeError(`no decimal: ${text}`);
  return value;
}

/** Units of one day: a weekly season, slow growth that a yearly clean-up takes back, noise, and one day in about forty that is out of the ordinary. */
function unitsOf(item: SampleItem, seed: number, number: number, key: string): number {
  const weekday = (number + 4) % 7;
  const week = 1 + (item.week ?? 0) * Math.sin((2 * Math.PI * (weekday - 1.25)) / 7);
  const growth = (1 + (item.growth ?? 0)) ** ((((number - EPOCH_DAY) % 365) + 365) / 30 - 365 / 30);
  const draw = drawsOf(`${seed}/${key}/${number}`);
  const noise = Math.max(0.2, 1 + (item.noise ?? 0) * bell(draw));
  const odd = (item.noise ?? 0) > 0.045 && draw() < 1 / 40 ? 2.4 : 1;
  return item.perDay * week * growth * noise * odd;
}

const numbered = (id: string, copy: number): string => (copy === 0 ? id : `${id}-${copy + 1}`);

/** All charges of one day: usage, a commitment with what of it was not used, and by the calendar tax and a credit. */
export function sampleDay(ask: SampleAsk): readonly Charge[] {
  const { seed, day, copies = 1, hourly = false } = ask;
  const at = startOf(day);
  if (at === undefined) throw new RangeError(`no day: ${day}`);
  const number = at / DAY_MS;
  const pieces = hourly ? 24 : 1;
  const length = DAY_MS / pieces;
  const charges: Charge[] = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    const span = { day, start: at + piece * length, end: at + (piece + 1) * length, currency: "USD", provider: "AWS" };
    let left = multiply(COMMITTED_PER_HOUR, fromNumber(length / HOUR_MS));
    for (const item of SAMPLE_ITEMS)
      for (let copy = 0; copy < copies; copy += 1) {
        const key = `${item.resource}/${item.usageType}/${copy}`;
        const units = unitsOf(item, seed, number, key) / pieces;
        const quantity = round(fromNumber(Number(units.toFixed(DIGITS))), DIGITS);
        const list = multiply(known(item.price), quantity);
        const covered = multiply(list, COVERED_RATE);
        const paid = item.committed === true && copy === 0 && subtract(left, covered).units >= 0n;
        if (paid) left = subtract(left, covered);
        charges.push({
          ...span,
          ...{
            account: SAMPLE_ACCOUNT,
            subAccount: ACCOUNTS[item.account],
            region: REGION,
            category: "Usage" as const,
          },
          ...{ service: item.service, serviceCategory: item.category, resourceType: item.resourceType },
          ...{ resourceKind: item.resourceType, resourceId: numbered(item.resource, copy) },
          ...{ usageType: item.usageType, unit: item.unit, quantity, list, contracted: list },
          billed: paid ? ZERO : list,
          effective: paid ? covered : list,
          ...(paid ? { commitmentId: COMMITMENT, commitmentStatus: "Used" as const } : {}),
          tags: tagsOf(item.team),
        });
      }
    charges.push(...commitment(span, length, left));
  }
  return [...charges, ...monthly(day, at)];
}

const TAGS = new Map<string, Readonly<Record<string, string>>>();
function tagsOf(team: string): Readonly<Record<string, string>> {
  const known = TAGS.get(team) ?? { team, environment: "production" };
  TAGS.set(team, known);
  return known;
}

type Span = Pick<Charge, "day" | "start" | "end" | "currency" | "provider">;

function commitment(span: Span & { readonly day: Day }, length: number, left: Decimal): readonly Charge[] {
  const fee = multiply(COMMITTED_PER_HOUR, fromNumber(length / HOUR_MS));
  const shared = {
    ...span,
    ...{
      account: SAMPLE_ACCOUNT,
      subAccount: SAMPLE_ACCOUNT,
      region: REGION,
      service: "Savings Plans for AWS Compute usage",
    },
    ...{ serviceCategory: "Compute", resourceId: COMMITMENT, commitmentId: COMMITMENT },
  };
  const purchase = { ...shared, category: "Purchase" as const, billed: fee, effective: ZERO };
  if (left.units === 0n) return [purchase];
  return [purchase, { ...shared, category: "Usage", commitmentStatus: "Unused", billed: ZERO, effective: left }];
}

function monthly(day: Day, at: number): readonly Charge[] {
  const shared = { day, start: at, end: at + DAY_MS, currency: "USD", provider: "AWS", account: SAMPLE_ACCOUNT };
  if (day.endsWith("-01"))
    return [{ ...shared, category: "Tax", service: "Tax", billed: TAX_PER_MONTH, effective: TAX_PER_MONTH }];
  if (!day.endsWith("-03")) return [];
  return [{ ...shared, category: "Credit", service: "AWS Lambda", billed: CREDIT, effective: CREDIT }];
}

/** Days of the made-up bill, one after the other. */
export function* sampleDays(
  ask: Omit<SampleAsk, "day"> & { readonly from: Day; readonly to: Day },
): Generator<readonly Charge[]> {
  for (const day of daysOf(ask.from, ask.to)) yield sampleDay({ ...ask, day });
}
