import { goQuoted } from "../../kernel/go-quote.ts";
import { parsePromDuration } from "../../kernel/prometheus-duration.ts";
import {
  formatGoDuration,
  formatModelDuration,
  goDurationMessage,
  modelDurationMessage,
  parseGoDuration,
} from "./go-duration.ts";
import { type GoUrl, parseHttpUrl, parseUrl, redactedUrl, urlText } from "./go-url.ts";
import { fault, type Kind, scalarOf, textOf } from "./kind.ts";
import { templateFault } from "./template-syntax.ts";

/** What stands for a secret in what is shown. */
export const SECRET = "<secret>";

const same = (value: unknown): unknown => value;
const hidden = (): string => SECRET;

const some = (text: string): string | undefined => (text === "" ? undefined : text);

/** Text; bare numbers and truth values as they are written. */
export const string: Kind<string> = {
  zero: "",
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    if (text === undefined) fault(notes, path, "wrong type", { value, allowed: "text" });
    return text ?? before;
  },
  empty: (value) => value === "",
  show: (value) => value,
  plain: some,
  hide: same,
};

/** Text that nobody may see. */
export const secret: Kind<string> = {
  ...string,
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    if (text === undefined) fault(notes, path, "wrong type", { allowed: "text" });
    return text ?? before;
  },
  show: (value) => (value === "" ? null : SECRET),
  hide: hidden,
};

/** Text that a check of its own has to like. */
export const checked = (check: (text: string) => string | undefined): Kind<string> => ({
  ...string,
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    const wrong = text === undefined ? "wrong type" : check(text);
    if (wrong === undefined) return text as string;
    fault(notes, path, wrong, { value });
    return before;
  },
});

/** True or false (`yes`, `on` …), bare. */
export const bool: Kind<boolean> = {
  zero: false,
  decode: (value, path, notes, before) => {
    const found = scalarOf(value);
    if (typeof found === "boolean") return found;
    fault(notes, path, "wrong type", { value, allowed: "true or false" });
    return before;
  },
  empty: (value) => !value,
  show: (value) => value,
  plain: (value) => value,
  hide: same,
};

/** A whole number in a range. A bare fraction is cut off, as yaml.v2 does. */
export const whole = (least: number, most: number): Kind<number> => ({
  zero: 0,
  decode: (value, path, notes, before) => {
    const found = scalarOf(value);
    const cut = typeof found === "number" ? Math.trunc(found) : Number.NaN;
    if (cut >= least && cut <= most) return cut + 0;
    fault(notes, path, "wrong type or out of range", {
      value,
      allowed: least < 0 ? "whole number" : "whole number from 0",
    });
    return before;
  },
  empty: (value) => value === 0,
  show: (value) => value,
  plain: (value) => value,
  hide: same,
});

/** Go's int and int64. */
export const int = whole(-(2 ** 63), 2 ** 63);
/** Go's uint64. */
export const uint = whole(0, 2 ** 64);

export const float: Kind<number> = {
  ...int,
  decode: (value, path, notes, before) => {
    const found = scalarOf(value);
    if (typeof found === "number") return found;
    fault(notes, path, "wrong type", { value, allowed: "number" });
    return before;
  },
};

/** A duration in Prometheus notation, in milliseconds. */
export const duration: Kind<number> = {
  ...int,
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    const ms = text === undefined ? undefined : parsePromDuration(text);
    if (ms !== undefined) return ms;
    fault(notes, path, modelDurationMessage(text ?? ""), { value, allowed: "duration such as 15s, 1m30s or 1d" });
    return before;
  },
  show: (value) => formatModelDuration(value),
};

const goDurationFault = { allowed: "duration such as 10s or 1.5h" };

/** A duration in Go's notation, kept in nanoseconds; a bare number is nanoseconds. */
export const goDuration: Kind<number> = {
  ...int,
  decode: (value, path, notes, before) => {
    const found = scalarOf(value);
    const ns =
      typeof found === "string" ? parseGoDuration(found) : typeof found === "number" ? Math.trunc(found) : undefined;
    if (ns !== undefined) return ns;
    fault(notes, path, "not a valid duration", { value, ...goDurationFault });
    return before;
  },
  show: (value) => formatGoDuration(value),
  plain: (value) => value / 1e6,
};

/** As `goDuration`, but always read from the text: a bare number lacks its unit. */
export const textDuration: Kind<number> = {
  ...goDuration,
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    const ns = text === undefined ? undefined : parseGoDuration(text);
    if (ns !== undefined) return ns;
    fault(notes, path, goDurationMessage(text ?? ""), { value, ...goDurationFault });
    return before;
  },
};

/** A message without the address that it quotes, of which its second half tells parts as well. */
const unquoted = (message: string, text: string): string =>
  message.startsWith(`parse ${goQuoted(text)}: `) ? `parse "${SECRET}": no valid URL` : message;

/** An address, or null; `show` and `parse` make the variants. */
const urlKind = (
  parse: (text: string) => GoUrl | string,
  show: (url: GoUrl) => string,
  hide: (plain: unknown) => unknown,
): Kind<GoUrl | null> => ({
  zero: null,
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    const parsed = text === undefined ? "wrong type" : parse(text);
    if (typeof parsed !== "string") return parsed;
    // Of a proxy's address that is none nobody can say where its password is.
    fault(notes, path, hide === same ? parsed : unquoted(parsed, text ?? ""), {
      ...(hide === same ? { value } : {}),
      allowed: "URL with http or https",
    });
    return before;
  },
  empty: (value) => value === null,
  show: (value) => (value === null ? null : show(value)),
  plain: (value) => (value === null ? undefined : some(urlText(value))),
  hide,
});

/** An http or https address. */
export const url = urlKind(parseHttpUrl, urlText, same);

/** One that nobody may see; `<secret>`, as a shown configuration has it, is read as an empty one. */
export const secretUrl = urlKind((text) => (text === SECRET ? { text: "" } : parseHttpUrl(text)), hidden, hidden);

/** A proxy's address: of any form, its password hidden. */
export const proxyUrl = urlKind(parseUrl, redactedUrl, (plain) => {
  const parsed = parseUrl(String(plain));
  return typeof parsed === "string" ? SECRET : redactedUrl(parsed);
});

/** An address that may be a template, and that nobody may see. */
export const secretTemplateUrl: Kind<string> = {
  ...secret,
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    if (text === undefined) {
      fault(notes, path, "wrong type", { allowed: "text" });
      return before;
    }
    if (text === "" || text === SECRET) return text;
    if (text.includes("{{")) {
      const wrong = templateFault(text);
      if (wrong === undefined) return text;
      fault(notes, path, `invalid template syntax: ${wrong}`);
      return before;
    }
    const parsed = parseHttpUrl(text);
    if (typeof parsed !== "string") return text;
    fault(notes, path, `invalid URL: ${unquoted(parsed, text)}`, { allowed: "URL with http or https" });
    return before;
  },
};
