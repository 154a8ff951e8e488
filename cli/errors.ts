import type { Fault } from "../shared/core/kernel/errors.ts";

/** Wrong words on the command line: exit 2, with a pointer to the help that would have told. */
export class UsageError extends Error {
  readonly help: string;

  constructor(message: string, help: string) {
    super(message);
    this.name = "UsageError";
    this.help = help;
  }
}

/** What the API answered instead of what was asked for, or that it did not answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly faults: readonly Fault[];

  constructor(code: string, status: number, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.faults = faults;
  }
}

/** What --json prints in place of an answer. */
export function errorDocument(code: string, message: string, faults: readonly Fault[]): object {
  return { error: { code, message, ...(faults.length > 0 ? { faults } : {}) } };
}
