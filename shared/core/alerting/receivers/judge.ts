import type { FailureReason } from "../../kernel/notification.ts";
import type { Answer, Judged } from "./request.ts";

/** Shown of what a receiver answered. */
const LONGEST_EXCERPT = 300;

/** What a receiver said, in one line of bounded length. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}

export interface JudgeRules {
  /** Statuses beside 5xx after which the same request may succeed. */
  readonly retryCodes?: readonly number[];
  /** What of the body is worth showing. Default: its beginning. */
  readonly details?: (answer: Answer) => string;
}

/** 2xx is success, 5xx may be tried again, anything else is final (notify.Retrier). */
export function judgeStatus(answer: Answer, { retryCodes = [], details }: JudgeRules = {}): Judged {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return { ok: true };
  const said = excerpt(details ? details(answer) : body);
  return {
    ok: false,
    retry: (status >= 500 && status < 600) || retryCodes.includes(status),
    why: `unexpected status code ${status}${said === "" ? "" : `: ${said}`}`,
  };
}

/** What an answer that was no success is counted as. One that says 2xx and is none all the same refuses what it was sent. Source: notify/util.go. */
export function failureReason(status: number): FailureReason {
  if (status === 401 || status === 403) return "authError";
  if (status === 429) return "rateLimited";
  const kind = Math.floor(status / 100);
  return kind === 4 || kind === 2 ? "clientError" : kind === 5 ? "serverError" : "other";
}
