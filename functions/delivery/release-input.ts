import { parseRelease } from "../../shared/core/delivery/release.ts";
import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { namesSecret } from "../../shared/core/kernel/printed.ts";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { ReleasesStatus } from "../../shared/core/ports/releases.ts";
import { checkEnvValue } from "../../shared/shell/config-env.ts";
import { readEnvValue } from "../../shared/shell/secret-reference.ts";

const HIDDEN = "[redacted]";

/**
 * A release as somebody wrote it, over the one that serves now. A value that looks like a secret is refused: what is released is kept in
 * records, which people read.
 *
 * @param inherit whatever it does not say is as in the version that serves now
 * @throws HeadgateError `input.invalid` naming each wrong member
 */
export function readRelease(
  given: Readonly<Record<string, unknown>>,
  status: ReleasesStatus | undefined,
  inherit: boolean,
): Release {
  const stable = status?.versions.find(({ version }) => version === status.stable)?.release;
  const release = parseRelease(given, inherit ? stable : undefined);
  const inherited = inherit ? stable?.environment : undefined;
  const faults: Fault[] = [];
  for (const [variable, value] of Object.entries(release.environment)) {
    if (inherited && Object.hasOwn(inherited, variable) && inherited[variable] === value) continue;
    const found = checkEnvValue(variable, value);
    if (!found) continue;
    const secret = found.works;
    faults.push({
      path: `environment.${variable}`,
      message: secret ? "looks like a secret, and what is released is kept and shown" : found.message,
      allowed: secret
        ? "a reference: ssm:/path, env:NAME or file:path; text: in front if it is no secret"
        : (found.allowed ?? "a text"),
    });
  }
  const [first] = faults;
  if (first) throw new HeadgateError("input.invalid", `release: ${first.path} ${first.message}`, { faults });
  return release;
}

/** A release as it may be shown: references, and what nobody's business it is not. */
export function shownRelease(release: Release): Release {
  const environment = Object.fromEntries(
    Object.entries(release.environment).map(([variable, value]) => {
      const plain = readEnvValue(value).kind !== "reference";
      return [variable, plain && namesSecret(variable) && value !== "" ? HIDDEN : value];
    }),
  );
  return { ...release, environment };
}
