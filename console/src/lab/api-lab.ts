import type { CompareView, LabView, TuneView } from "../../../functions/api/views-autoscaling-tune.ts";
import { api, ask } from "../request.ts";

/** What is played: a service's recorded load, or CSV. */
export type Played = { readonly service: string } | { readonly trace: string };

export type Objective =
  | { readonly taskHour: number; readonly violationMinute: number }
  | { readonly slo: number; readonly taskHour?: number };

interface Wanted {
  readonly objective?: Objective;
  readonly days?: string;
}

/** Weeks are simulated in about a second, a whole search in about a minute. */
const PLAY_MS = 60_000;
const TUNE_MS = 300_000;

const routes = api.autoscaling;

export const playLab = (
  json: Played & Wanted & { readonly policy: Record<string, unknown> | string },
  signal: AbortSignal,
): Promise<LabView> => ask((options) => routes.lab.$post({ json }, options), signal, PLAY_MS);

export const compareAll = (json: Played & Wanted, signal: AbortSignal): Promise<CompareView> =>
  ask((options) => routes.compare.$post({ json }, options), signal, PLAY_MS);

export const findBest = (json: Played & { readonly objective?: Objective }, signal: AbortSignal): Promise<TuneView> =>
  ask((options) => routes.tune.$post({ json }, options), signal, TUNE_MS);
