import { namesSecret } from "../core/kernel/printed.ts";
import { readEnvValue, type SecretReference } from "./secret-reference.ts";

/** What is to be said of one value of `run.env`. No value is ever part of it, only references are. */
export interface EnvFinding {
  /** Whether the configuration works all the same: a warning. */
  readonly works: boolean;
  readonly message: string;
  readonly value?: string;
  readonly allowed?: string;
}

/** Undefined where all is well. `unresolved` tells why a reference leads nowhere here; absent: not looked up. */
export function checkEnvValue(
  variable: string,
  given: string,
  unresolved?: (reference: SecretReference) => string | undefined,
): EnvFinding | undefined {
  const value = readEnvValue(given);
  if (value.kind === "broken") return { works: false, message: "is not a reference", allowed: value.allowed };
  if (value.kind === "reference") {
    const why = unresolved?.(value.reference);
    return why === undefined ? undefined : { works: true, message: why, value: given };
  }
  if (value.explicit || value.text === "" || !namesSecret(variable)) return undefined;
  return {
    works: true,
    message: "looks like a secret that stands in the file, where it is stored and shown",
    value: "[redacted]",
    allowed: "env:NAME or file:path; text: in front if it is no secret",
  };
}
