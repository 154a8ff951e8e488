import { HeadgateError } from "../../kernel/errors.ts";
import { iso, type Millis } from "../../kernel/time.ts";
import type { Refusal } from "./types.ts";

/** A call was refused, and nothing was sent. Code `circuit.open`, retryable. */
export class CircuitOpenError extends HeadgateError {
  readonly circuit: string;
  readonly reason: Refusal;
  /** When another try may be worth it; absent: nobody knows (forced open without an end). */
  readonly retryAt: Millis | undefined;

  constructor(circuit: string, reason: Refusal, retryAt: Millis | undefined) {
    super("circuit.open", messageOf(circuit, reason, retryAt), { retryable: true });
    this.name = "CircuitOpenError";
    this.circuit = circuit;
    this.reason = reason;
    this.retryAt = retryAt;
    // One error answers all refusals of an opening, because making a stack takes longer than a call. Where the first of them came
    // from would mislead the others.
    this.stack = `${this.name}: ${this.message}`;
  }
}

function messageOf(circuit: string, reason: Refusal, retryAt: Millis | undefined): string {
  const when = retryAt === undefined ? "" : `; try again at ${iso(retryAt)}`;
  if (reason === "probing") return `circuit ${circuit} is half open and its probe is on the way${when}`;
  return `circuit ${circuit} is ${reason === "open" ? "open" : "forced open"}${when}`;
}
