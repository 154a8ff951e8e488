import { HeadgateError } from "../core/kernel/errors.ts";

/** A record's subject is "circuit:<circuit>" and has 900 bytes at most. */
const MAX_NAME_BYTES = 892;

const encoder = new TextEncoder();

/** Whether stores can keep a circuit of that name. */
export const isCircuitName = (circuit: string): boolean =>
  circuit.length > 0 && circuit.isWellFormed() && encoder.encode(circuit).length <= MAX_NAME_BYTES;

/** @throws HeadgateError `input.invalid` for a name that no store could keep */
export function checkCircuitName(circuit: string): void {
  if (isCircuitName(circuit)) return;
  const allowed = `1..${MAX_NAME_BYTES} bytes of UTF-8`;
  throw new HeadgateError("input.invalid", `circuit: is not usable as a name (allowed: ${allowed})`, {
    faults: [{ path: "circuit", message: "is not usable as a name", allowed }],
  });
}
