import { closeDialog, openDialog, showPeople, togglePin, useViewStore } from "../stores/view-store";

export type { Dialog } from "../stores/view-store";

export const useView = () => {
  const { dialog, pin, peopleShown } = useViewStore();
  return { dialog, pin, peopleShown, openDialog, closeDialog, showPeople, togglePin };
};
