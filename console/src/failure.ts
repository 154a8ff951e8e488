import type { Problem } from "../../functions/api/views.ts";
import { denial } from "./access.ts";

/** Why there is no answer, in the ways that look different. */
export interface Failure {
  readonly kind: "unreachable" | "denied" | "missing" | "refused";
  readonly message: string;
  readonly problem?: Problem;
}

class ApiError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What went wrong, whatever was thrown: no answer at all counts as unreachable. */
export function asFailure(error: unknown): Failure {
  if (error instanceof ApiError) return error.failure;
  return { kind: "unreachable", message: error instanceof Error ? error.message : "no answer" };
}

/** Turns an answer that is no success into what the page says about it. A 401 or 403 also closes the door. */
export async function refuse(answer: Response): Promise<never> {
  const problem = (await answer.json().catch(() => undefined)) as Problem | undefined;
  const message = problem?.detail ?? `The API answered ${answer.status} ${answer.statusText}`.trim();
  const detail = problem === undefined ? { message } : { message, problem };
  if (answer.status === 401 || answer.status === 403) {
    denial.set({ status: answer.status, detail: message });
    throw new ApiError({ kind: "denied", ...detail });
  }
  // A gateway in front that finds nobody behind it.
  if (answer.status === 502 || answer.status === 504) throw new ApiError({ kind: "unreachable", message });
  throw new ApiError({ kind: answer.status === 404 ? "missing" : "refused", ...detail });
}
