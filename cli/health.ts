import type { HealthView } from "../functions/api/views.ts";
import { answer, client } from "./client.ts";
import type { Group } from "./command.ts";
import { ApiError } from "./errors.ts";
import { table } from "./io.ts";

export const health: Group = {
  name: "health",
  about: "whether the control plane itself is well",
  single: true,
  verbs: [
    {
      name: "health",
      about:
        "Store, journal, fleet, overdue decisions, rules without answers, targets that are down. Exits 1 if anything fails.",
      example: "headgate health --json",
      run: async ({ io }) => {
        const response = await client(io).health.$get();
        // A failing control plane answers 503 with the same document.
        const body = response.status === 503 ? ((await response.clone().json()) as HealthView) : undefined;
        const view = body?.checks ? body : await answer<HealthView>(Promise.resolve(response));
        if (!view.status)
          throw new ApiError("unreachable", response.status, "the answer is not Headgate's; is the address right?");
        io.document(view);
        io.line(view.status);
        const rows = Object.entries(view.checks ?? {}).flatMap(([name, checks]) =>
          checks.map((one) => [name, one.status, one.output ?? ""]),
        );
        for (const line of table([["CHECK", "STATUS", ""], ...rows])) io.line(line);
        return view.status === "fail" ? 1 : 0;
      },
    },
  ],
};
