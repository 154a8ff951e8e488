import { protocolErrors, protocolErrorsCodesById } from "@platformatic/kafka";
import { HeadgateError } from "../core/kernel/errors.ts";

/** Kafka's error codes that we go by (the table "Error Codes" of its protocol guide). */
export const CODE = {
  none: 0,
  outOfRange: 1,
  corrupt: 2,
  unknownPartition: 3,
  notLeader: 6,
  timedOut: 7,
  tooLarge: 10,
  coordinatorGone: 15,
  topicDenied: 29,
  groupDenied: 30,
  clusterDenied: 31,
  unsupportedVersion: 35,
  exists: 36,
  invalidEpoch: 47,
  concurrentTransactions: 51,
  transactionalIdDenied: 53,
  securityOff: 54,
  notAppendedByAll: 20,
  groupNotFound: 69,
  unknownTopicId: 100,
} as const;

/** Somebody else leads, or will in a moment: asked again with fresh metadata. */
const MOVED = new Set([5, 6, 8, 9, 13, 56, 72, 74, 75, 78, 100, 103]);
/** The same broker may answer in a moment: it loads, is busy, or the coordinator moves. */
const PASSING = new Set([7, 14, 15, 16, 19, 20, 41, 51, 60, 88, 89]);
const DENIED = new Set<number>([CODE.topicDenied, CODE.groupDenied, CODE.clusterDenied, CODE.transactionalIdDenied]);

export const moved = (code: number): boolean => MOVED.has(code);
export const passing = (code: number): boolean => MOVED.has(code) || PASSING.has(code);
export const isDenied = (code: number): boolean => DENIED.has(code);

/** What a code means, in Kafka's own words, the broker's where it said more. */
export function wordsOf(code: number, said?: string | null): string {
  const name = protocolErrorsCodesById[code as keyof typeof protocolErrorsCodesById] as string | undefined;
  if (name === undefined) return said ? `error ${code}: ${said}` : `error ${code}`;
  const known = protocolErrors[name as keyof typeof protocolErrors];
  return `${name}: ${said || known?.message}`;
}

export const unavailable = (cluster: string, what: string, retryable: boolean, cause?: unknown): HeadgateError =>
  new HeadgateError("streams.unavailable", `Kafka cluster ${cluster}: ${what}`, {
    retryable,
    ...(cause === undefined ? {} : { cause }),
  });

/** `what` as in "READ on topic orders". */
export const denied = (cluster: string, what: string): HeadgateError =>
  new HeadgateError("streams.denied", `Kafka cluster ${cluster}: ${what} is not allowed`);

/** The error of a call that a code ends, or interrupts. */
export function codeError(cluster: string, code: number, need: string, said?: string | null): HeadgateError {
  if (isDenied(code)) return denied(cluster, need);
  return unavailable(cluster, `${need}: ${wordsOf(code, said)}`, passing(code));
}

/** Every error in a chain of causes and lists of errors, outermost first. */
function* chain(error: unknown, depth = 0): Generator<Readonly<Record<string, unknown>>> {
  if (typeof error !== "object" || error === null || depth > 8) return;
  const one = error as Readonly<Record<string, unknown>>;
  yield one;
  yield* chain(one["cause"], depth + 1);
  if (Array.isArray(one["errors"])) for (const each of one["errors"]) yield* chain(each, depth + 1);
}

/** Node's codes of a certificate that is not trusted, or a peer that speaks no TLS. */
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/;

/**
 * What went wrong on the way to a broker. By codes, never by texts: a lost connection may be tried again, a refused sign-in, a certificate
 * that is not trusted or a broker that wants TLS may not. `who`: as whom we sign in.
 */
export function wireError(cluster: string, where: string, error: unknown, who = "us"): HeadgateError {
  const all = [...chain(error)];
  // Ours is inside where a secret or a certificate could not be read.
  const own = all.find((one) => one instanceof HeadgateError);
  if (own instanceof HeadgateError) return own;
  const find = (test: (one: Readonly<Record<string, unknown>>) => boolean) => all.find(test);
  if (find((one) => one["code"] === "PLT_KFK_AUTHENTICATION" || one["apiId"] === "SASL_AUTHENTICATION_FAILED"))
    return new HeadgateError("streams.denied", `Kafka cluster ${cluster}: ${where} refused the sign-in of ${who}`, {
      cause: error,
    });
  const inner =
    all.findLast((one) => typeof one["code"] === "string" || typeof one["apiId"] === "string") ?? all.at(-1);
  const said = typeof inner?.["message"] === "string" && inner["message"] !== "" ? inner["message"] : String(error);
  const code = typeof inner?.["apiId"] === "string" ? inner["apiId"] : inner?.["code"];
  const words =
    typeof code === "string" && !code.startsWith("PLT_") && !said.includes(code) ? `${code}: ${said}` : said;
  const final = find(
    (one) => one["code"] === "PLT_KFK_USER" || (typeof one["code"] === "string" && TLS.test(one["code"])),
  );
  return unavailable(cluster, `${where}: ${words}`, final === undefined, error);
}
