import { House } from "lucide-react";
import { useRooms } from "../../hooks/use-rooms";
import { colourOf, initials } from "../../lib/identity";
import { newsIn } from "../../lib/rooms";
import { words } from "../../strings/standalone.en";
import { Hidden } from "../ui/button";
import css from "./rail.module.css";

/** All rooms, and each space. */
export const SpaceRail = () => {
  const { rooms, spaces, spaceId, openSpace } = useRooms();
  if (spaces.length === 0) return null;
  const entries = [{ roomId: null, name: words.rooms.all }, ...spaces];
  return (
    <ul className={css["rail"]} aria-label={words.rooms.spaces}>
      {entries.map(({ roomId, name }) => {
        const news = newsIn(rooms, roomId);
        return (
          <li key={roomId ?? ""}>
            <button
              type="button"
              className={css["space"]}
              data-colour={roomId === null ? "none" : colourOf(roomId)}
              aria-label={name}
              aria-pressed={roomId === spaceId}
              title={name}
              onClick={() => openSpace(roomId)}
            >
              {roomId === null ? <House aria-hidden="true" /> : initials(name)}
              {news.calls > 0 && <Badge look="call">{words.rooms.calls(news.calls)}</Badge>}
              {news.calls === 0 && news.unread > 0 && (
                <Badge look="unread">{words.rooms.unread(news.unread)}</Badge>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
};

const Badge = ({ look, children }: { look: "call" | "unread"; children: string }) => (
  <span className={css["badge"]} data-look={look}>
    <Hidden>{children}</Hidden>
  </span>
);
