/** How far something is; without a share it is only known to go on. */
export function Bar({ share, label }: { share: number | undefined; label: string }) {
  return (
    <progress
      class="bar"
      max={1}
      aria-label={label}
      {...(share === undefined ? {} : { value: share, title: `${Math.floor(share * 100)} %` })}
    />
  );
}
