import type { CostConfig } from "../../shared/core/cost/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Tables } from "../../shared/core/ports/tables.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { lazyTables } from "../lazy-tables.ts";

/**
 * SQL on Athena, as the configuration names it, by this process and with the credentials of whoever runs it. Close it when done.
 *
 * @throws HeadgateError `input.invalid` where the configuration names none
 */
export function athenaOf({ athena }: CostConfig, env: Readonly<Record<string, string | undefined>>): Tables {
  if (athena === undefined)
    throw new HeadgateError(
      "input.invalid",
      "the configuration names no Athena (cost.athena: workgroup and database); files are asked with --focus and --utilization",
    );
  const { workgroup, database } = athena;
  const region = athena.region ?? env["AWS_REGION"];
  const endpoint = env["HEADGATE_AWS_ENDPOINT"];
  const clients = awsClients({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const { engine, query } = lazyTables({ clients, sleep })({
    ...{ workgroup, database },
    ...(region === undefined ? {} : { region }),
  });
  return { engine, query, close: () => clients.close() };
}
