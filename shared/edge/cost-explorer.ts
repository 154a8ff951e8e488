import type { CostExplorerClient, GetCostAndUsageCommandOutput, MetricValue } from "@aws-sdk/client-cost-explorer";
import { HeadgateError } from "../core/kernel/errors.ts";
import type {
  CostAndUsageDay,
  CostAndUsageRequest,
  CostExplorer,
  CostExplorerOptions,
} from "../core/ports/cost-explorer.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName, awsErrorStatus, awsRetryable } from "./aws-errors.ts";

export interface CostExplorerDeps {
  readonly client: ClientSource<CostExplorerClient>;
  /** Real milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
}

const ACTION = "ce:GetCostAndUsage";
/** Of one page; the service allows few requests a second, and a throttled one is over soon. */
const TRIES = 4;
const BASE_MS = 500;
const MOST_MS = 8_000;
/** A year by day and usage type is some tens; more is a service that never ends. */
const MOST_PAGES = 500;

/** What AWS says to those who may not ask. */
const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "ExpiredTokenException",
  "OptInRequired",
  "CredentialsProviderError",
]);

/** Cost Explorer of one account. Errors: see the port. */
export function costExplorer({ client, sleep, random }: CostExplorerDeps): CostExplorer {
  /** One page, again where it is throttled or the service has a fault; each try is a request of its own. */
  const page = async (
    request: CostAndUsageRequest,
    token: string | undefined,
    before: () => Promise<void>,
  ): Promise<GetCostAndUsageCommandOutput> => {
    const [made, calls] = await Promise.all([clientOf(client), import("./cost-explorer-calls.ts")]);
    for (let attempt = 1; ; attempt += 1) {
      await before();
      try {
        return await calls.getCostAndUsage(made, {
          TimePeriod: { Start: request.from, End: request.toExclusive },
          Granularity: request.granularity,
          Metrics: [...request.metrics],
          ...(request.groupBy.length === 0
            ? {}
            : { GroupBy: request.groupBy.map(({ type, key }) => ({ Type: type, Key: key })) }),
          ...(token === undefined ? {} : { NextPageToken: token }),
        });
      } catch (error) {
        if (isDenied(error) || !awsRetryable(error) || attempt >= TRIES) throw told(error);
        // Full jitter: who was throttled together does not come back together.
        await sleep(Math.ceil(random() * Math.min(MOST_MS, BASE_MS * 2 ** attempt)));
      }
    }
  };

  return {
    costAndUsage: async (request, options: CostExplorerOptions = {}) => {
      const days = new Map<string, CostAndUsageDay>();
      let requests = 0;
      let token: string | undefined;
      const seen = new Set<string>();
      const before = async () => {
        await options.beforeRequest?.();
        requests += 1;
      };
      do {
        const answer = await page(request, token, before);
        for (const one of answer.ResultsByTime ?? []) addTo(days, one);
        token = answer.NextPageToken === "" ? undefined : answer.NextPageToken;
        if (token !== undefined && (seen.has(token) || seen.size >= MOST_PAGES))
          throw new HeadgateError("bills.unavailable", "Cost Explorer does not come to an end with its pages");
        if (token !== undefined) seen.add(token);
      } while (token !== undefined);
      return { days: [...days.values()].sort((a, b) => (a.from < b.from ? -1 : 1)), requests };
    },
  };
}

/** A day may go on over several pages: its groups are put together. */
function addTo(
  days: Map<string, CostAndUsageDay>,
  one: NonNullable<GetCostAndUsageCommandOutput["ResultsByTime"]>[number],
): void {
  const from = one.TimePeriod?.Start;
  const toExclusive = one.TimePeriod?.End;
  if (from === undefined || toExclusive === undefined) return;
  const groups = (one.Groups ?? []).map(({ Keys, Metrics }) => ({ keys: Keys ?? [], amounts: amountsOf(Metrics) }));
  // Without groups the day has a total instead.
  if (groups.length === 0 && Object.keys(one.Total ?? {}).length > 0)
    groups.push({ keys: [], amounts: amountsOf(one.Total) });
  const known = days.get(from);
  days.set(from, {
    ...{ from, toExclusive },
    estimated: (known?.estimated ?? false) || one.Estimated === true,
    groups: [...(known?.groups ?? []), ...groups],
  });
}

const amountsOf = (metrics: Record<string, MetricValue> | undefined) =>
  Object.fromEntries(
    Object.entries(metrics ?? {}).flatMap(([name, { Amount, Unit }]) =>
      Amount === undefined ? [] : [[name, { amount: Amount, unit: Unit ?? "" }] as const],
    ),
  );

const isDenied = (error: unknown): boolean =>
  DENIED.has(awsErrorName(error)) || awsErrorStatus(error) === 401 || awsErrorStatus(error) === 403;

function told(error: unknown): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const name = awsErrorName(error);
  if (isDenied(error)) {
    const said = error instanceof Error ? error.message : String(error);
    return new HeadgateError(
      "bills.denied",
      `Cost Explorer may not be asked: ${name}: ${said} (needed is ${ACTION}, and Cost Explorer switched on for the account)`,
      { cause: error },
    );
  }
  return awsError("bills.unavailable", "Cost Explorer did not answer", error);
}
