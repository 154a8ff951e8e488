import { type JsonMembers, jsonWire, type Wire, WireFault } from "./wire.ts";

/** One group of one day: its keys and its amounts as Amazon writes them. */
export interface WireGroup {
  readonly keys: readonly string[];
  readonly unblended: string;
  readonly amortized?: string;
  readonly quantity?: readonly [amount: string, unit: string];
}

export interface CostExplorerWire extends Wire {
  /** Spans that were asked for, one for each request with its page. */
  readonly asked: () => readonly string[];
}

export interface CostExplorerWireOptions {
  /** What a day costs; undefined: the service says nothing about the day. */
  readonly day: (day: string) => readonly WireGroup[] | undefined;
  readonly estimated?: (day: string) => boolean;
  /** Days on one page. Default: all of them. */
  readonly pageDays?: number;
}

const next = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

const amount = (value: string, unit: string) => ({ Amount: value, Unit: unit });

/** GetCostAndUsage of AWS Cost Explorer (AWSInsightsIndexService, JSON 1.1): its rules on input, its pages, its shapes. */
export async function costExplorerWire(options: CostExplorerWireOptions): Promise<CostExplorerWire> {
  const asked: string[] = [];
  const getCostAndUsage = (input: JsonMembers): unknown => {
    const period = input["TimePeriod"] as { readonly Start?: string; readonly End?: string } | undefined;
    const metrics = (input["Metrics"] ?? []) as readonly string[];
    const groupBy = (input["GroupBy"] ?? []) as readonly { readonly Type: string; readonly Key: string }[];
    const [start, end] = [period?.Start ?? "", period?.End ?? ""];
    if (!/^\d{4}-\d{2}-\d{2}$/.test(start) || !/^\d{4}-\d{2}-\d{2}$/.test(end) || start >= end)
      throw new WireFault("ValidationException", `Start ${start} must be before End ${end}`);
    if (metrics.length === 0) throw new WireFault("ValidationException", "Metrics must not be empty");
    if (groupBy.length > 2) throw new WireFault("ValidationException", "at most two GroupBy");
    const days: string[] = [];
    for (let day = start; day < end; day = next(day)) days.push(day);
    const token = input["NextPageToken"] as string | undefined;
    const from = token === undefined ? 0 : Number(token.slice(5));
    if (Number.isNaN(from)) throw new WireFault("InvalidNextTokenException", "no such page");
    asked.push(`${start}..${end}${token === undefined ? "" : ` ${token}`}`);
    const size = options.pageDays ?? days.length;
    const more = from + size < days.length;
    return {
      GroupDefinitions: groupBy,
      ResultsByTime: days.slice(from, from + size).flatMap((day) => {
        const groups = options.day(day);
        if (groups === undefined) return [];
        return [
          {
            TimePeriod: { Start: day, End: next(day) },
            Estimated: options.estimated?.(day) ?? false,
            Total: {},
            Groups: groups.map(({ keys, unblended, amortized = unblended, quantity = ["0", "N/A"] }) => ({
              Keys: keys,
              Metrics: Object.fromEntries(
                metrics.map((name) => [
                  name,
                  name === "UsageQuantity"
                    ? amount(...quantity)
                    : amount(name.includes("Amortized") ? amortized : unblended, "USD"),
                ]),
              ),
            })),
          },
        ];
      }),
      ...(more ? { NextPageToken: `page-${from + size}` } : {}),
    };
  };
  const wire = await jsonWire("1.1", "AWSInsightsIndexService", { GetCostAndUsage: getCostAndUsage });
  return { ...wire, asked: () => asked };
}
