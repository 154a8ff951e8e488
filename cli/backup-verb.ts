import { directly } from "./backup-options.ts";
import type { BackupWork } from "./backup-work.ts";
import { type Given, type Invocation, type Option, text } from "./command.ts";
import type { Io } from "./io.ts";

export const PLAN: Option = { name: "plan", value: "NAME", about: "which backup plan (default: the only one)" };
export const SAID: readonly Option[] = [
  { name: "why", value: "TEXT", about: "the reason, kept with the decision" },
  { name: "by", value: "NAME", about: "who you are (default: the key's owner, or USER)" },
];

export const said = (options: Given) => {
  const [why, by] = [text(options, "why"), text(options, "by")];
  return { ...(why === undefined ? {} : { why }), ...(by === undefined ? {} : { by }) };
};

/** Opens what the verb works on, and closes it whatever comes. `point`: helps to find the plan where only places are named. */
export async function withWork(
  io: Io,
  options: Given,
  plan: string | undefined,
  use: (work: BackupWork) => Promise<0 | 1>,
  { point, writing = false }: { readonly point?: string; readonly writing?: boolean } = {},
): Promise<0 | 1> {
  const wanted = plan ?? text(options, "plan");
  const source = await directly(io, options, writing);
  const work = source
    ? await (await import("./backup-direct.ts")).directWork(io, source, wanted, point)
    : await (await import("./backup-api.ts")).apiWork(io, wanted);
  try {
    return await use(work);
  } finally {
    await work.close();
  }
}

/** As {@link withWork}, for a verb about a point: that helps to find the plan. */
export const withPoint = (
  { io, options }: Pick<Invocation, "io" | "options">,
  point: string,
  use: (work: BackupWork) => Promise<0 | 1>,
): Promise<0 | 1> => withWork(io, options, undefined, use, { point });

/** How views are told; loaded when one is. */
export const texts = () => import("./backup-text.ts");

export const POINT = ["POINT"] as const;
