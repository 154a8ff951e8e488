import { evaluate, notFound } from "../../shared/core/delivery/flags/evaluate.ts";
import type { Evaluation, FlagContext } from "../../shared/core/delivery/flags/types.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { readyFlags } from "./flags-snapshot.ts";

/** What the OpenFeature Remote Evaluation Protocol answers. */
export interface OfrepAnswer {
  readonly status: 200 | 400 | 404;
  readonly body: Readonly<Record<string, Json | undefined>>;
  readonly etag?: string;
}

/** Providers are asked not to poll more often. */
const LEAST_POLL_MS = 10_000;

const etagOf = (body: OfrepAnswer["body"]): string => `"${hash64(canonical(body))}"`;

type Context = { readonly context: FlagContext } | { readonly fault: OfrepAnswer["body"] };

/** The context of a request. Whatever else is sent along is left alone; no body and no context are an empty context. */
function contextOf(text: string): Context {
  let body: unknown = {};
  try {
    if (text.trim() !== "") body = JSON.parse(text);
  } catch {
    return { fault: { errorCode: "PARSE_ERROR", errorDetails: "the body is not JSON" } };
  }
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return { fault: { errorCode: "PARSE_ERROR", errorDetails: "the body is no JSON object with a context" } };
  const { context = {} } = body as { readonly context?: unknown };
  if (typeof context !== "object" || context === null || Array.isArray(context))
    return { fault: { errorCode: "INVALID_CONTEXT", errorDetails: "the context is no JSON object" } };
  return { context: context as FlagContext };
}

function evaluated(key: string, { value, variant, reason, errorCode, errorMessage, metadata }: Evaluation) {
  if (errorCode !== undefined) return { key, errorCode, errorDetails: errorMessage };
  return { key, reason, variant, metadata, value };
}

/** POST /ofrep/v1/evaluate/flags/{key}. @throws HeadgateError of the store */
export async function singleAnswer(runtime: Runtime, tenant: string, key: string, text: string): Promise<OfrepAnswer> {
  const asked = contextOf(text);
  if ("fault" in asked) return { status: 400, body: { key, ...asked.fault } };
  const { find } = await readyFlags(runtime, tenant);
  const flag = find(key);
  if (!flag) return { status: 404, body: evaluated(key, notFound(key)) };
  const found = evaluate(flag, asked.context, runtime.now(), find);
  return { status: found.errorCode === undefined ? 200 : 400, body: evaluated(key, found) };
}

/** POST /ofrep/v1/evaluate/flags: every flag; one that cannot be told stands in the list with its error. @throws HeadgateError of the store */
export async function bulkAnswer(runtime: Runtime, tenant: string, text: string): Promise<OfrepAnswer> {
  const asked = contextOf(text);
  if ("fault" in asked) return { status: 400, body: asked.fault };
  const { find, snapshot } = await readyFlags(runtime, tenant);
  const now = runtime.now();
  const flags = Object.keys(snapshot.flags).map((key) => {
    const flag = find(key);
    return evaluated(key, flag ? evaluate(flag, asked.context, now, find) : notFound(key));
  });
  const body = { flags, metadata: { version: snapshot.version } };
  return { status: 200, body, etag: etagOf(body) };
}

/** GET /ofrep/v1/configuration: what a provider may set itself up by. */
export function configurationAnswer(): OfrepAnswer {
  const body = {
    name: "Headgate",
    capabilities: {
      cacheInvalidation: { polling: { enabled: true, minPollingIntervalMs: LEAST_POLL_MS } },
      flagEvaluation: { supportedTypes: ["int", "float", "string", "boolean", "object"] },
      // Kill switches have to be seen: an answer is not to be kept.
      caching: { enabled: false },
    },
  };
  return { status: 200, body, etag: etagOf(body) };
}
