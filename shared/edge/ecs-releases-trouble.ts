import type { Task } from "@aws-sdk/client-ecs";

/** Why something is not well, and whether waiting helps. */
export interface Trouble {
  readonly text: string;
  readonly hopeless: boolean;
}

/** A pull that failed on the way there; the next try may get through. */
const PASSING =
  /timeout|timed out|deadline exceeded|connection (refused|reset)|no such host|i\/o|TooManyRequests|toomanyrequests|\b5\d\d\b/i;

/** ECS's words for what another start of the same task would meet again (Amazon ECS, "Stopped tasks error messages"). */
const FINAL: readonly (readonly [said: RegExp, text: string])[] = [
  [/CannotPull(Container|ImageManifest|ECRContainer)/, "the image cannot be pulled"],
  [/image.*(not found|does not exist)|manifest unknown|ImageNotFound/i, "there is no such image"],
  [/exec format error|descriptor matching platform/i, "the image is for another processor architecture"],
  [
    /executable file not found|no such file or directory.*exec|stat .*: no such file/i,
    "the command is not in the image",
  ],
  [
    /unable to (pull|retrieve) secret|(ssm|secretsmanager).*(AccessDenied|NotFound|invalid)/i,
    "a secret cannot be read",
  ],
  [/unable to assume the role|is not authorized to perform/i, "a role cannot be used"],
  [/port is already allocated|address already in use/i, "the port is taken"],
  [/log group.*does not exist|AccessDenied.*logs:/i, "the logs cannot be written"],
];

/** Exit codes of a shell that found no command, or none that can be run (POSIX 2.8.2). */
const NO_COMMAND = new Set([126, 127]);

const short = (text: string) => text.replaceAll(/\s+/g, " ").trim().slice(0, 300);

/** Trouble in ECS's own words: reasons of stopped tasks, events, reasons of deployments. */
export function troubleIn(said: string): Trouble {
  const found = FINAL.find(([pattern]) => pattern.test(said));
  if (!found) return { text: short(said), hopeless: false };
  return { text: `${found[1]}: ${short(said)}`, hopeless: !PASSING.test(said) };
}

/** Whether a stopped task is a start that went wrong; tasks that somebody, a deployment or a scaling wanted gone are none. */
export function isFailed({ stopCode, stoppedReason }: Task): boolean {
  if (stopCode === "TaskFailedToStart" || stopCode === "EssentialContainerExited") return true;
  const isWanted = stopCode !== undefined && stopCode !== "ServiceSchedulerInitiated";
  return !isWanted && /health check/i.test(stoppedReason ?? "");
}

/** Why a stopped task stopped. */
export function troubleOfTask(task: Task): Trouble {
  const reasons = (task.containers ?? []).flatMap(({ reason }) => reason ?? []);
  const said = [task.stoppedReason, ...reasons].filter((one) => one !== undefined && one !== "").join("; ");
  const final = troubleIn(said === "" ? "a task stopped and ECS does not say why" : said);
  if (final.hopeless) return final;
  const exited = (task.containers ?? []).find(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
  if (exited?.exitCode === undefined) return final;
  if (NO_COMMAND.has(exited.exitCode))
    return { text: `its command was not found or cannot be run (exit code ${exited.exitCode})`, hopeless: true };
  const memory = /OutOfMemory/i.test(said) || exited.exitCode === 137 ? ", 137 as when memory runs out" : "";
  return { text: `it exited with code ${exited.exitCode}${memory}: ${short(said)}`, hopeless: false };
}
