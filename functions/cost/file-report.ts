import type { Decimal } from "../../shared/core/cost/decimal.ts";
import { fieldsOf, type GroupKey } from "../../shared/core/cost/report/group.ts";
import { type Sums, sums } from "../../shared/core/cost/report/sum.ts";
import type { Basis, Charge } from "../../shared/core/cost/types.ts";
import type { utilizationJoin } from "../../shared/core/cost/utilization/join.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type BillInfo, type ReadBillOptions, readBill } from "./read-bill.ts";

/** What is asked of bills that lie in files. */
export interface FileAsk extends Pick<ReadBillOptions, "skipBad" | "dates" | "stdin" | "columns"> {
  readonly paths: readonly string[];
  readonly basis: Basis;
  readonly groupBy: readonly GroupKey[];
  readonly from?: string;
  readonly to?: string;
  readonly currency?: string;
  readonly rates?: Readonly<Record<string, Decimal>>;
  readonly tenantOf?: (charge: Charge) => string | undefined;
  /** Only the days are of interest, not the amounts. */
  readonly anyCurrency?: boolean;
  /** Utilisation that is read before, to stand beside the groups. */
  readonly join?: ReturnType<typeof utilizationJoin>;
}

/**
 * Sums bills that lie in files. Reads no more of a row than the sums need, keeps no row, and so takes files of any length.
 *
 * @throws HeadgateError `bill.invalid`, `bill.currency`, `input.invalid`
 */
export async function fileSums(ask: FileAsk): Promise<{ readonly sums: Sums; readonly info: BillInfo }> {
  const { paths, basis, groupBy, from, to, currency, rates, tenantOf, anyCurrency, join, ...reading } = ask;
  // A measured resource is found in the bill by its id or its name.
  const only = join === undefined ? fieldsOf(groupBy) : undefined;
  const bill = readBill(paths, { ...reading, basis, ...(only === undefined ? {} : { only }) });
  const summing = sums({
    ...{ basis, groupBy, only: currency !== undefined },
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(currency === undefined ? {} : { currency }),
    ...(rates === undefined ? {} : { rates }),
    ...(tenantOf === undefined ? {} : { tenantOf }),
  });
  for await (const charges of bill) {
    for (const charge of charges) summing.add(charge);
    if (join !== undefined) for (const charge of charges) join.see(charge);
  }
  const result = summing.result();
  if (result.mixed.length > 0 && !anyCurrency) throw mixedCurrencies(result);
  return { sums: result, info: bill.info() };
}

function mixedCurrencies({ currencies }: Sums): HeadgateError {
  const all = currencies.flatMap(({ currency }) => currency ?? []);
  const [into = "USD", other = "EUR"] = all.includes("USD") ? ["USD", ...all.filter((one) => one !== "USD")] : all;
  return new HeadgateError(
    "bill.currency",
    `the bill is in ${all.join(" and ")}${currencies.length > all.length ? " (some of its charges name no currency)" : ""}, and a sum of different currencies is no amount: give rates into one (--currency ${into} --rate ${other}=1.08) or report one alone (--currency ${into})`,
  );
}
