import { useCallback, useEffect, useMemo } from "react";
import { isInside } from "../lib/connection";
import { problemOf } from "../lib/problem";
import { type Rooms, type RoomView, sectionsOf, type Sections, topSpaces } from "../lib/rooms";
import { missedByRoom } from "../lib/rings";
import { roomHash } from "../lib/route";
import { type Pane, updateAccount, useAccountStore } from "../stores/account-store";
import { seeMissed } from "../stores/rings-store";
import { notify, useVoiceStore } from "../stores/voice-store";
import { text } from "../strings/en";
import { words } from "../strings/standalone.en";
import { useUnseenMissed } from "./use-rings";
import { useStandalone } from "./standalone-context";

type RoomsView = {
  rooms: Rooms;
  spaces: readonly RoomView[];
  spaceId: string | null;
  sections: Sections;
  online: boolean;
  openSpace: (spaceId: string | null) => void;
};

/** The rooms and spaces of the account. */
export const useRooms = (): RoomsView => {
  const rooms = useAccountStore((state) => state.rooms);
  const spaceId = useAccountStore((state) => state.spaceId);
  const online = useAccountStore((state) => state.online);
  const spaces = useMemo(() => topSpaces(rooms), [rooms]);
  // A space that one has left is not open any more.
  const shown = spaceId !== null && rooms.has(spaceId) ? spaceId : null;
  const sections = useMemo(() => sectionsOf(rooms, shown), [rooms, shown]);
  const openSpace = useCallback((next: string | null) => updateAccount({ spaceId: next }), []);
  return { rooms, spaces, spaceId: shown, sections, online, openSpace };
};

/** How many missed calls there are to be seen, by room; the open one is being seen. */
export const useMissed = (): ReadonlyMap<string, number> => {
  const missed = useUnseenMissed();
  const rooms = useAccountStore((state) => state.rooms);
  const open = useAccountStore((state) => state.roomId);
  return useMemo(() => {
    const elsewhere = missed.filter(({ roomId }) => roomId !== open);
    return missedByRoom(elsewhere, (roomId) => rooms.get(roomId)?.readAt ?? 0);
  }, [missed, rooms, open]);
};

/** Where the list of rooms is out of sight: is there something new in it? */
export const useNewsElsewhere = (): boolean => {
  const missed = useMissed();
  const isUnread = useAccountStore(({ rooms, roomId }) =>
    [...rooms.values()].some((room) => room.roomId !== roomId && room.unread > 0),
  );
  return missed.size > 0 || isUnread;
};

type OpenRoom = {
  room: RoomView | null;
  pane: Pane | null;
  chatShown: boolean;
  entering: string | null;
  /** Its messages, and its channel from outside. */
  select: (roomId: string) => void;
  /** Into the channel; out of the one that we are in. */
  enter: (roomId: string) => void;
  accept: (roomId: string) => void;
  decline: (roomId: string) => void;
  showPane: (pane: Pane | null) => void;
  showChat: (shown: boolean) => void;
};

/** The room that is open, and going to another. */
export const useOpenRoom = (): OpenRoom => {
  const standalone = useStandalone();
  const roomId = useAccountStore((state) => state.roomId);
  const room = useAccountStore((state) => state.rooms.get(state.roomId ?? "") ?? null);
  const pane = useAccountStore((state) => state.pane);
  const chatShown = useAccountStore((state) => state.chatShown);
  const entering = useAccountStore((state) => state.entering);

  const select = useCallback(
    (next: string) => {
      updateAccount({ roomId: next, pane: null });
      seeMissed(next);
      standalone.account()?.openTimeline(next);
      history.replaceState(null, "", roomHash(next));
    },
    [standalone],
  );

  const enter = useCallback(
    (next: string) => {
      if (next !== roomId) select(next);
      updateAccount({ entering: next, pane: null });
      standalone
        .engine()
        ?.enter(next)
        .catch((error: unknown) => {
          const { code, detail } = problemOf(error);
          notify("warning", words.stayed(detail || text.problems[code].title));
        })
        .finally(() => updateAccount({ entering: null }));
    },
    [standalone, roomId, select],
  );

  const answer = useCallback((work: Promise<void> | undefined) => {
    work?.catch(() => notify("warning", words.notDone));
  }, []);

  return {
    room,
    pane,
    chatShown,
    entering,
    select,
    enter,
    accept: (id) =>
      answer(
        standalone
          .account()
          ?.accept(id)
          .then(() => select(id)),
      ),
    decline: (id) => answer(standalone.account()?.decline(id)),
    showPane: (next) => updateAccount({ pane: next }),
    showChat: (shown) => updateAccount({ chatShown: shown }),
  };
};

/** While in no call, the channel that is looked at is the one that is open. */
export const useLookAtOpenRoom = (): void => {
  const standalone = useStandalone();
  const inside = useVoiceStore((state) => isInside(state.connection));
  const channel = useAccountStore((state) => {
    const room = state.rooms.get(state.roomId ?? "");
    return room?.kind === "voice" ? room.roomId : null;
  });
  useEffect(() => {
    if (!inside && channel !== null) standalone.engine()?.show(channel);
  }, [standalone, inside, channel]);
};
