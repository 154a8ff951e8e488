/** What is said of delivery at deploy. Whatever cannot be meant ends the deployment, with what is allowed. */

/** Values of a variable that all have one form; anything else ends the deployment and is named. */
function checked(name: string, form: RegExp, allowed: string): readonly string[] {
  const given = (process.env[name] ?? "").split(",").flatMap((one) => one.trim() || []);
  for (const one of given) if (!form.test(one)) throw new Error(`${name} "${one}": ${allowed}`);
  return given;
}

/** `HEADGATE_DELIVERY_ROLES`: roles that tasks of released versions may run as (task roles and execution roles). */
export const deliveryRoles = (): readonly string[] =>
  checked(
    "HEADGATE_DELIVERY_ROLES",
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    "ARNs of roles, commas between",
  );

/** `HEADGATE_DELIVERY_CLUSTERS`: ECS clusters that services of released versions may be made in. */
export const deliveryClusters = (): readonly string[] =>
  checked("HEADGATE_DELIVERY_CLUSTERS", /^[A-Za-z0-9_-]{1,255}$/, "names of ECS clusters, commas between");

/** `HEADGATE_DELIVERY_LOG_GROUPS`: log groups whose last lines say why a version is not well. */
export const deliveryLogGroups = (): readonly string[] =>
  checked("HEADGATE_DELIVERY_LOG_GROUPS", /^[A-Za-z0-9_./#-]{1,512}$/, "names of log groups, commas between");

/** `HEADGATE_DELIVERY_APPLICATIONS`: applications of CodeDeploy whose hooks are answered. */
export const deliveryApplications = (): readonly string[] =>
  checked(
    "HEADGATE_DELIVERY_APPLICATIONS",
    /^[A-Za-z0-9+=,.@_-]{1,100}$/,
    "names of CodeDeploy applications, commas between",
  );
