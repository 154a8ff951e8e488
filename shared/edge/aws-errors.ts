import { type ErrorCode, HeadgateError } from "../core/kernel/errors.ts";

/** Names under which AWS services throttle; the SDK's own list has the same members. */
const THROTTLES = new Set([
  "BandwidthLimitExceeded",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The service's name of the error ("ServiceNotFoundException"), or "Error". */
export function awsErrorName(cause: unknown): string {
  const name = member(cause, "name");
  return typeof name === "string" ? name : "Error";
}

/** HTTP status of the last answer; undefined where none came (no connection, time-out, no credentials). */
export function awsErrorStatus(cause: unknown): number | undefined {
  const status = member(member(cause, "$metadata"), "httpStatusCode");
  return typeof status === "number" ? status : undefined;
}

/** How many times the SDK has sent the request, 1 where it does not say. */
export function awsAttempts(cause: unknown): number {
  const attempts = member(member(cause, "$metadata"), "attempts");
  return typeof attempts === "number" ? attempts : 1;
}

/** Whether the same call may succeed later: throttled, a fault of the service, or no answer at all. */
export function awsRetryable(cause: unknown): boolean {
  const name = awsErrorName(cause);
  const status = awsErrorStatus(cause);
  if (THROTTLES.has(name)) return true;
  if (name === "CredentialsProviderError" || name === "TypeError") return false;
  return status === undefined || status >= 500 || status === 429 || status === 408;
}

/** Turns what the SDK threw into the product's error; one that is already ours passes through. */
export function awsError(code: ErrorCode, what: string, cause: unknown): HeadgateError {
  if (cause instanceof HeadgateError) return cause;
  const message = member(cause, "message");
  const said = typeof message === "string" && message !== "" ? message : String(cause);
  return new HeadgateError(code, `${what}: ${awsErrorName(cause)}: ${said}`, { cause, retryable: awsRetryable(cause) });
}
