import { Hidden } from "../ui/button";

type Props = { polite: string; assertive: string };

/** What is said without being asked: in passing, or at once. */
export const LiveRegion = ({ polite, assertive }: Props) => (
  <>
    <Hidden role="status" aria-live="polite" data-region="polite">
      {polite}
    </Hidden>
    <Hidden role="alert" data-region="assertive">
      {assertive}
    </Hidden>
  </>
);
