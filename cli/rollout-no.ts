import { ApiError, errorDocument } from "./errors.ts";
import { type Io, plain } from "./io.ts";

/** What is not possible in the rollout as it is now: an answer, and no wrong input. */
const NO: ReadonlySet<string> = new Set(["rollout.conflict", "rollout.unknown"]);

/**
 * Does what may be answered with no; then it says so, and the exit status is 1.
 *
 * @throws whatever else goes wrong
 */
export async function orNo<T>(io: Io, work: () => Promise<T>): Promise<T | 1> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError) || !NO.has(error.code)) throw error;
    io.document(errorDocument(error.code, error.message, error.faults));
    io.note(plain(`no: ${error.message}`));
    return 1;
  }
}
