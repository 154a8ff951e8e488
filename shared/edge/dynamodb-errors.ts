import { HeadgateError } from "../core/kernel/errors.ts";

const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
]);

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const isConditionFailure = (error: unknown): boolean =>
  (error as SdkError).name === "ConditionalCheckFailedException";

/** What the SDK threw after its own retries, as the error the port promises. */
export function dynamodbError(error: unknown, port: "store" | "journal", table: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const { name = "Error", message = String(error), $metadata } = error as SdkError;
  if (THROTTLED.has(name)) {
    return new HeadgateError(
      port === "store" ? "store.throttled" : "journal.unavailable",
      `table ${table} is throttled: ${message}`,
      {
        cause: error,
        retryable: true,
      },
    );
  }
  if (name === "ValidationException" && /item size/i.test(message)) {
    return new HeadgateError("store.item_too_large", `table ${table}: ${message}`, { cause: error });
  }
  if (name === "ResourceNotFoundException") {
    return new HeadgateError(`${port}.unavailable`, `table ${table} does not exist in this account and region`, {
      cause: error,
    });
  }
  const status = $metadata?.httpStatusCode;
  // A refusal (4xx) will be refused again; anything else (no answer, 5xx) may pass next time.
  const retryable = status === undefined || status >= 500;
  return new HeadgateError(`${port}.unavailable`, `table ${table}: ${name}: ${message}`, { cause: error, retryable });
}
