import { errorResult } from "../shared/core/delivery/flags/compile.ts";
import { evaluateAs } from "../shared/core/delivery/flags/evaluate.ts";
import type { Evaluation, FlagType } from "../shared/core/delivery/flags/types.ts";
import { typeOf } from "../shared/core/delivery/flags/variants.ts";
import { createEmitter } from "./emitter.ts";
import { asker, messageOf } from "./http.ts";
import { createReporter } from "./reporter.ts";
import { createSource } from "./source.ts";
import type { Context, CreateFlagProvider, FlagsOptions, FlagsProvider, Resolution } from "./types.ts";

export type * from "./types.ts";

const READY = "PROVIDER_READY";
const CHANGED = "PROVIDER_CONFIGURATION_CHANGED";
const STALE = "PROVIDER_STALE";
const NOT_READY = errorResult("PROVIDER_NOT_READY", "Headgate has not answered yet, and there is no bootstrap");

/** The event of `track` that counts an outcome. */
const OUTCOME = "flag_outcome";

/**
 * Feature flags in a process: evaluated from memory, kept up to date and counted in the background. An OpenFeature provider, and useful
 * without OpenFeature as well.
 *
 * @throws TypeError for an address that is none, and a bootstrap that is none
 */
export const createFlagProvider: CreateFlagProvider = (options: FlagsOptions): FlagsProvider => {
  if (!URL.canParse(options.url)) throw new TypeError(`${JSON.stringify(options.url)} is no address of Headgate's API`);
  const warn = options.warn ?? ((message: string) => void process.stderr.write(`headgate/flags: ${message}\n`));
  const events = createEmitter((event, error) => warn(`a handler of ${event} failed: ${messageOf(error)}`));
  const ask = asker(options);
  const counts = options.report ?? true;
  let initialized = false;
  const source = createSource(
    options,
    ask,
    {
      // OpenFeature tells of the first one itself, when initialize() resolves.
      ready: () => {
        if (initialized) events.emit(READY);
      },
      changed: (flagsChanged) => events.emit(CHANGED, { flagsChanged: [...flagsChanged] }),
      paced: () => {
        if (counts && initialized) reporter.start();
      },
      stale: () => events.emit(STALE),
      failed: (message) => warn(`${message}; what is known is served on`),
      again: () => warn("Headgate answers again"),
    },
    Date.now,
    Math.random,
  );
  const name = options.source ?? `flags-${crypto.randomUUID()}`;
  const reporter = createReporter(ask, name, source.reportMs, Date.now() * 1_000, warn);

  function evaluated(flag: string, type: FlagType, context: Context): Evaluation {
    const wall = Date.now();
    source.touch(wall);
    const known = source.known();
    if (known === undefined) return NOT_READY;
    const result = evaluateAs(known.find, flag, type, context, source.now(wall));
    if (result.variant === undefined) return result;
    if (counts) reporter.exposed(flag, result.variant);
    return source.stale(wall) ? { ...result, reason: "STALE" } : result;
  }

  function resolved<T>(flag: string, type: FlagType, otherwise: T, context: Context): Promise<Resolution<T>> {
    const { value, variant, reason, errorCode, errorMessage, metadata } = evaluated(flag, type, context);
    return Promise.resolve(
      variant === undefined
        ? { value: otherwise, reason, errorCode, errorMessage: errorMessage ?? "" }
        : { value: value as T, variant, reason, flagMetadata: metadata },
    );
  }

  const flush = async (): Promise<void> => {
    if (counts) await reporter.flush();
  };

  return {
    metadata: { name: "headgate" },
    runsOn: "server",
    events,
    initialize: async () => {
      source.start();
      try {
        await source.refresh();
      } catch (error) {
        if (!source.known()) throw error;
      } finally {
        initialized = true;
        if (counts) reporter.start();
      }
    },
    onClose: async () => {
      source.stop();
      reporter.stop();
      await flush().catch((error: unknown) => warn(`what was counted last is lost: ${messageOf(error)}`));
    },
    resolveBooleanEvaluation: (flag, otherwise, context) => resolved(flag, "boolean", otherwise, context),
    resolveStringEvaluation: (flag, otherwise, context) => resolved(flag, "string", otherwise, context),
    resolveNumberEvaluation: (flag, otherwise, context) => resolved(flag, "number", otherwise, context),
    resolveObjectEvaluation: (flag, otherwise, context) => resolved(flag, "object", otherwise, context),
    track: (event, _context, { flag, variant, error, slow }) => {
      if (event !== OUTCOME || typeof flag !== "string" || typeof variant !== "string") return;
      reporter.outcome(flag, variant, { error: error === true, ...(typeof slow === "boolean" ? { slow } : {}) });
    },
    evaluate: evaluated,
    value: (flag, otherwise, context) => {
      const { value } = evaluated(flag, typeOf(otherwise), context);
      return value === undefined ? otherwise : (value as typeof otherwise);
    },
    outcome: reporter.outcome,
    refresh: source.refresh,
    flush,
    snapshot: () => source.known()?.snapshot,
    stats: () => {
      const known = source.known();
      const ageMs = source.age();
      return {
        ...(known ? { version: known.snapshot.version } : {}),
        ...(ageMs === undefined ? {} : { ageMs }),
        stale: source.stale(Date.now()),
        ...reporter.stats(),
      };
    },
  };
};
