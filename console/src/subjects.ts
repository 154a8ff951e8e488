/** How a subject is called where there is little room: a rule by its name, without file, group and place; a group of alerts by the ends of its id; traffic and delivery without what kind of thing is decided about; backups by their plan. */
export function subjectName(noun: string, subject: string): string {
  if (noun === "alerting") return subject.replace(/^grp_([0-9a-f]{4})[0-9a-f]*([0-9a-f]{4})$/u, "group $1…$2");
  if (noun === "traffic") return subject.replace(/^(?:circuit|check|ejection|backends|weights|versions):/u, "");
  if (noun === "delivery") return subject.replace(/^(?:rollout|flink|flag|gate|hook):/u, "");
  if (noun === "backup")
    return subject.replace(/^(run|drill|restore):(.*)$/su, (_, kind, name) =>
      kind === "drill" ? `${name}, drill` : name,
    );
  if (noun === "cost")
    return subject.replace(/^(change|budget|report|anomaly):(.*)$/su, (_, kind, name) =>
      kind === "change" ? name.replace(/^opp_([0-9a-z]{6})[0-9a-z]+$/u, "opp_$1…") : `${name}, ${kind}`,
    );
  if (noun !== "monitoring") return subject;
  return /^.*\/([^/]+)#\d+$/u.exec(subject)?.[1] ?? /^services\/(.*)$/u.exec(subject)?.[1] ?? subject;
}
