import { concealPrinted, namesSecret } from "../core/kernel/printed.ts";
import type { ReleaseTarget, VersionStatus } from "../core/ports/releases.ts";
import { shortName } from "./ecs-read.ts";
import { mainContainer } from "./ecs-releases-main.ts";
import type { SlotLook } from "./ecs-releases-read.ts";
import { type Placed, placesOf } from "./ecs-releases-status.ts";
import { isFailed } from "./ecs-releases-trouble.ts";

/** The last lines of one log stream, oldest first. */
export type LogReader = (place: {
  readonly group: string;
  readonly stream: string;
  readonly region?: string;
  readonly lines: number;
}) => Promise<readonly string[]>;

const LINES = 20;
/** A line is cut here; a stack trace of a framework may be one line of megabytes. */
const LINE = 500;

/** Where the container of a version that is not well wrote: the task that stopped last, else one that is not ready. */
function streamOf({ look }: Placed, service: string): { group: string; stream: string; region?: string } | undefined {
  const main = mainContainer(look.definition.definition, service);
  const options = main?.logConfiguration?.logDriver === "awslogs" ? main.logConfiguration.options : undefined;
  const group = options?.["awslogs-group"];
  const prefix = options?.["awslogs-stream-prefix"];
  const failed = look.stopped.filter(isFailed);
  const task = failed.sort((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0))[0] ?? look.tasks[0];
  // Without a prefix the stream has the container's id on its host, which ECS does not tell.
  if (!main || group === undefined || prefix === undefined || !task?.taskArn) return undefined;
  const region = options?.["awslogs-region"];
  return {
    group,
    stream: `${prefix}/${main.name ?? ""}/${shortName(task.taskArn)}`,
    ...(region === undefined ? {} : { region }),
  };
}

/** Values that stand in the definition in plain text under a name that says what they are. What `secrets` refers to is not known here. */
const plainSecrets = ({ look }: Placed, service: string): readonly string[] =>
  (mainContainer(look.definition.definition, service)?.environment ?? []).flatMap(({ name = "", value = "" }) =>
    namesSecret(name) ? [value] : [],
  );

/** The versions with the last lines of those that are not well. What cannot be read is told and left empty. */
export async function lastLogs(
  read: LogReader,
  { service }: ReleaseTarget,
  slots: readonly SlotLook[],
  versions: readonly VersionStatus[],
  warn?: (message: string) => void,
): Promise<readonly VersionStatus[]> {
  const places = placesOf(slots);
  return Promise.all(
    versions.map(async (status) => {
      const isWell = status.trouble === undefined && status.ready >= status.desired;
      const place = places.find(({ version }) => version === status.version);
      const from = isWell || !place ? undefined : streamOf(place, service);
      if (!from || !place) return status;
      const known = plainSecrets(place, service);
      try {
        const lines = await read({ ...from, lines: LINES });
        return {
          ...status,
          logs: lines.slice(-LINES).map((line) => concealPrinted(line.trimEnd(), known).slice(0, LINE)),
        };
      } catch (error) {
        warn?.(
          `logs of ${service} ${status.version} could not be read: ${error instanceof Error ? error.message : error}`,
        );
        return status;
      }
    }),
  );
}
