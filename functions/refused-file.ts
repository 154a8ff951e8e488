import { type ErrorCode, type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";

const MAX_FAULTS = 50;

/** A file that is wrong: the first fault with its line in the message, all of them beside it. */
export function refusedFile(code: ErrorCode, file: string, faults: readonly Fault[]): HeadgateError {
  const [first] = faults;
  const line = first?.line === undefined ? "" : `:${first.line}:${first.column ?? 1}`;
  return new HeadgateError(code, `${file}${line}: ${first?.path}: ${first?.message}`, {
    faults: faults.slice(0, MAX_FAULTS),
  });
}
