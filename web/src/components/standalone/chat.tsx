import { useState } from "react";
import { useTimeline } from "../../hooks/use-timeline";
import type { RoomView } from "../../lib/rooms";
import type { Message } from "../../lib/timeline";
import { words } from "../../strings/standalone.en";
import css from "./chat.module.css";
import { Composer } from "./composer";
import { MessageGroup } from "./message-group";
import { TopOfChat } from "./top-of-chat";

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

/** What is said in the room, newest at the bottom, and a field to say something. */
export const Chat = ({ room }: { room: RoomView }) => {
  const { timeline, groups, loadOlder, send, again, discard } = useTimeline();
  const [answering, setAnswering] = useState<Message | null>(null);
  const ready = timeline?.roomId === room.roomId;
  const { more = false, loading = true, failed = false, mayNotWrite = null } = timeline ?? {};
  return (
    <div className={css["chat"]}>
      {/* From the bottom up, so that what comes at the top moves nothing that is being read. */}
      <div className={css["scroll"]}>
        <div className={css["messages"]}>
          {ready && (more || loading) && (
            <TopOfChat loading={loading} failed={failed} onSeen={loadOlder} />
          )}
          {ready && !loading && groups.length === 0 && (
            <p className={css["empty"]}>{words.chat.empty}</p>
          )}
          <ol className={css["groups"]} aria-label={words.chat.title}>
            {ready &&
              groups.map((group) => (
                <li key={group.key}>
                  {group.day !== null && (
                    <p className={css["day"]}>
                      <time dateTime={new Date(group.day).toISOString()}>
                        {DAY.format(group.day)}
                      </time>
                    </p>
                  )}
                  <MessageGroup
                    group={group}
                    roomId={room.roomId}
                    onReply={mayNotWrite === null ? setAnswering : null}
                    {...{ again, discard }}
                  />
                </li>
              ))}
          </ol>
        </div>
      </div>
      {mayNotWrite === null ? (
        <Composer
          name={room.name}
          answering={answering}
          onCancel={() => setAnswering(null)}
          onSend={(body) => {
            send(body, answering?.id ?? null);
            setAnswering(null);
          }}
        />
      ) : (
        <p className={css["mayNot"]}>
          {words.chat.mayNotWrite[mayNotWrite]}{" "}
          {mayNotWrite === "keys" && (
            <a
              href={`https://matrix.to/#/${encodeURIComponent(room.roomId)}`}
              target="_blank"
              rel="noreferrer"
            >
              {words.chat.openIn}
            </a>
          )}
        </p>
      )}
    </div>
  );
};
