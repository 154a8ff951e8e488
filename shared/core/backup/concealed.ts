import { concealPrinted, namesSecret } from "../kernel/printed.ts";
import { mayBeSecret } from "./may-be-secret.ts";

/** Stands where a value may have been secret. */
export const REDACTED = "[redacted]";

/** Program arguments without those that are or may be secret, and how many were taken out. */
export function concealArguments(given: readonly string[]): {
  readonly arguments: readonly string[];
  readonly hidden: number;
} {
  let hidden = 0;
  const shown = given.map((argument, index) => {
    const [, name = "", value] = /^-{0,2}([\w.-]+)=(.*)$/s.exec(argument) ?? [];
    const before = /^-{1,2}([\w.-]+)$/.exec(given[index - 1] ?? "")?.[1] ?? "";
    const without =
      value !== undefined && mayBeSecret(name, value)
        ? `${argument.slice(0, argument.length - value.length)}${REDACTED}`
        : namesSecret(before) && !argument.startsWith("--")
          ? REDACTED
          : concealPrinted(argument);
    // What is merely too long to be looked at is not for show either.
    if (without !== argument) hidden += 1;
    return without;
  });
  return { arguments: shown, hidden };
}

/** Settings by dotted name without the values that are or may be secret, and the names of those. */
export function concealSettings(given: Readonly<Record<string, string>>): {
  readonly settings: Readonly<Record<string, string>>;
  readonly hidden: readonly string[];
} {
  const hidden: string[] = [];
  const settings = Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (!mayBeSecret(name, value)) return [name, value];
      hidden.push(name);
      return [name, REDACTED];
    }),
  );
  return { settings, hidden };
}
