import { createHmac } from "node:crypto";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { textOf } from "../../core/alerting/receivers/read.ts";

type Settings = { readonly [name: string]: unknown };
type Context = SMTPConnection.CustomAuthenticationContext;

export interface AuthSettings {
  readonly settings: Settings;
  /** Whether what is said now is encrypted, or goes no farther than this machine. */
  readonly private: boolean;
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** One command of the exchange; an answer of another kind ends it, without what the server says (it may quote the password). */
async function say(context: Context, command: string, wanted: number): Promise<string> {
  const { status, text } = await context.sendCommand(command);
  if (status !== wanted) throw new Error(`the server refused to authenticate (${status})`);
  return text;
}

/**
 * Authenticates with the mechanism that the server has and there is a secret for: CRAM-MD5 (RFC 2195, `auth_secret`), PLAIN
 * (RFC 4616) or LOGIN (both `auth_password`). Rejects with an Error without secrets.
 */
export async function authenticate(context: Context, { settings, private: isPrivate }: AuthSettings): Promise<void> {
  const [user, identity] = [textOf(settings, "auth_username"), textOf(settings, "auth_identity")];
  const [password, secret] = [textOf(settings, "auth_password"), textOf(settings, "auth_secret")];
  const has = (mechanism: string) => context.authMethods.includes(mechanism);
  if (has("CRAM-MD5") && secret !== "") {
    const challenge = Buffer.from(await say(context, "AUTH CRAM-MD5", 334), "base64");
    const digest = createHmac("md5", secret).update(challenge).digest("hex");
    await say(context, base64(`${user} ${digest}`), 235);
  } else if (has("PLAIN") && password !== "") {
    // As Go's net/smtp: a password in the open is for nobody's eyes but this machine's.
    if (!isPrivate) throw new Error("unencrypted connection: the password is not sent over it");
    await say(context, `AUTH PLAIN ${base64(`${identity}\0${user}\0${password}`)}`, 235);
  } else if (has("LOGIN") && password !== "") {
    await say(context, "AUTH LOGIN", 334);
    await say(context, base64(user), 334);
    await say(context, base64(password), 235);
  } else {
    const offered = context.authMethods.join(", ") || "none that is known";
    throw new Error(`no secret for an authentication that the server offers (${offered})`);
  }
}
