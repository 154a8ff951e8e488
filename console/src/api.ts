import type {
  DecisionDetailView,
  DecisionsView,
  Problem,
  ReplayView,
  SeriesView,
  ServicesView,
  ServiceView,
} from "../../functions/api/views.ts";
import { accessKey, denial } from "./access.ts";
import { observeClock } from "./clock.ts";
import { lost } from "./connection.ts";

/** Why there is no answer, in the four ways that look different. */
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

const PATIENCE_MS = 15_000;

function headers(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const key = accessKey.get();
  return { accept: "application/json", ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...extra };
}

async function refuse(answer: Response): Promise<never> {
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

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let answer: Response;
  try {
    answer = await fetch(path, { ...options, signal, headers: { ...headers(), ...(options.headers as Record<string, string>) } });
  } catch (error) {
    if (!options.signal?.aborted) lost(error instanceof Error ? error.message : "no answer");
    throw error;
  }
  if (!answer.ok) return refuse(answer);
  if (denial.get()?.status === 401) denial.set(undefined);
  const body = (await answer.json()) as T;
  const clock = (body as { clock?: Parameters<typeof observeClock>[0] }).clock;
  if (clock !== undefined) observeClock(clock);
  return body;
}
