interface Statement {
  readonly actions: string[];
  readonly resources: $util.Input<string>[];
  readonly conditions?: { test: string; variable: string; values: $util.Input<string>[] }[];
}

/** What many parts are granted in the same words, each on a queue, schedules or a role of its own; their conditions are plain text. */
const SAID_OFTEN: readonly string[] = ["sqs:SendMessage", "scheduler:CreateSchedule", "iam:PassRole"];

/**
 * The same permissions in fewer characters, for a role that has those of every part: IAM takes 10,240 of all inline policies of a role
 * (IAM User Guide, "IAM and AWS STS quotas", 2025-11).
 */
export function joined(statements: readonly Statement[]): Statement[] {
  const made = new Map<unknown, Statement>();
  for (const statement of statements) {
    const { actions, conditions, resources } = statement;
    const often = actions.every((action) => SAID_OFTEN.includes(action));
    const words = often ? JSON.stringify([actions, conditions]) : statement;
    made.set(words, { ...statement, resources: [...(made.get(words)?.resources ?? []), ...resources] });
  }
  return [...made.values()];
}
