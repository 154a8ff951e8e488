// Bills that are sent, and what Headgate itself costs, as /api/v1/cost answers with them; loaded with the first request.
import "../shared-parts.ts";
import type { ReadableStream } from "node:stream/web";
import type { Estimate } from "../../shared/core/cost/self/view.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { openCost } from "./context.ts";
import { estimateText } from "./estimate.ts";
import { importBill } from "./import.ts";
import { plain } from "./plain.ts";
import { withUpload } from "./upload.ts";
import type { CostImportedView } from "./views.ts";

export { selfCost } from "./self.ts";

interface AskedEstimate {
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
  readonly assume: Readonly<Record<string, number | undefined>>;
}

interface AskedImport {
  readonly source?: string | undefined;
  readonly name?: string | undefined;
  readonly skipBad?: "true" | "false" | undefined;
}

export function importAnswer(
  runtime: Runtime,
  tenant: string,
  body: ReadableStream<Uint8Array> | null,
  { source, name = "bill.csv", skipBad }: AskedImport,
): Promise<CostImportedView> {
  return withUpload(body, name, async (path) =>
    plain(
      await importBill(await openCost(runtime, tenant), {
        path,
        ...(source === undefined ? {} : { source }),
        ...(skipBad === undefined ? {} : { skipBad: skipBad === "true" }),
      }),
    ),
  );
}

/** The configuration as it would be, beside the one in force. @throws HeadgateError `config.invalid` */
export function estimateAnswer(runtime: Runtime, tenant: string, asked: AskedEstimate): Promise<Estimate> {
  const { assume, ...rest } = asked;
  const given = Object.entries(assume).filter(([, value]) => value !== undefined);
  return estimateText(runtime, tenant, rest, Object.fromEntries(given));
}
