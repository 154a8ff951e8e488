import type { Json } from "../core/kernel/json.ts";
import type { Pending, Write } from "../core/ports/store.ts";

/** Members of a write that name when the item wants to be looked at without being woken. */
export const due = (dueAt: number | undefined): { readonly dueAt?: number } => (dueAt === undefined ? {} : { dueAt });

/** The item while its actions belong to somebody: due again when the lease ends, so that a dead worker is noticed. */
export const claimed = (state: Json, pending: Pending, leaseUntil: number): Write => ({
  state,
  pending,
  leaseUntil,
  dueAt: leaseUntil,
});
