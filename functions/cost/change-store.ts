import { type ChangeState, changeSubject } from "../../shared/core/cost/change/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { CostWork } from "./context.ts";

type Where = Pick<CostWork, "runtime" | "tenant">;

export interface KeptChange {
  readonly id: string;
  readonly state: ChangeState;
}

/** What became of one opportunity; undefined: nobody has done anything about it. @throws HeadgateError of the store */
export async function loadChange({ runtime, tenant }: Where, id: string): Promise<ChangeState | undefined> {
  const stored = await runtime.store.load({ tenant, noun: "cost", subject: changeSubject(id) });
  return stored?.state as unknown as ChangeState | undefined;
}

/** What became of every opportunity that somebody did something about, by id. @throws HeadgateError of the store */
export async function listChanges({ runtime, tenant }: Where): Promise<readonly KeptChange[]> {
  const prefix = changeSubject("");
  const found: KeptChange[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page: Awaited<ReturnType<Runtime["store"]["list"]>> = await runtime.store.list(tenant, "cost", {
      prefix,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { key, state } of page.items)
      found.push({ id: key.subject.slice(prefix.length), state: state as unknown as ChangeState });
    cursor = page.cursor;
  }
  return found;
}

/** Whether a dismissal still holds. */
export const isDismissed = ({ status, dismissal }: ChangeState, now: number): boolean =>
  status === "dismissed" && (dismissal?.until === undefined || dismissal.until > now);
