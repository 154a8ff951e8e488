import type { Option } from "./command.ts";
import { UsageError } from "./errors.ts";

/** Which Prometheus an evaluation follows. */
export const SEMANTICS: Option = {
  name: "semantics",
  value: "v3|v2",
  about: "Prometheus 3 (default) or 2, whose ranges include their left end",
};

/** @throws UsageError for anything but v2 and v3 */
export function semanticsOf(given: string | undefined, help: string): "v2" | "v3" {
  if (given === undefined || given === "v3" || given === "v2") return given ?? "v3";
  throw new UsageError(`--semantics ${given} is not v3 or v2`, help);
}
