import { CornerUpLeft, Paperclip } from "lucide-react";
import type { ReactNode } from "react";
import { useOpenRoom, useRooms } from "../../hooks/use-rooms";
import { type Group, type Message, piecesOf } from "../../lib/timeline";
import { words } from "../../strings/standalone.en";
import { Button, IconButton } from "../ui/button";
import { Avatar } from "../voice/avatar";
import css from "./chat.module.css";

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

type Acts = {
  /** null: may not write here. */
  onReply: ((message: Message) => void) | null;
  again: (id: string) => void;
  discard: (id: string) => void;
};
type Props = Acts & { group: Group; roomId: string };

/** What somebody wrote in one go. */
export const MessageGroup = ({ group, roomId, ...acts }: Props) => {
  if (group.quiet)
    return (
      <ul className={css["quiet"]}>
        {group.messages.map((message) => (
          <li key={message.id} data-message={message.id}>
            <Time ts={message.ts} /> <Text body={message.body} />
          </li>
        ))}
      </ul>
    );
  return (
    <div className={css["group"]}>
      <Avatar userId={group.userId} name={group.name} />
      <div className={css["said"]}>
        <p className={css["by"]}>
          <strong title={group.userId}>
            <bdi>{group.name}</bdi>
          </strong>
          <Time ts={group.ts} />
        </p>
        <ul>
          {group.messages.map((message) => (
            <MessageLine key={message.id} {...{ message, roomId }} {...acts} />
          ))}
        </ul>
      </div>
    </div>
  );
};

const Time = ({ ts }: { ts: number }) => (
  <time className={css["time"]} dateTime={new Date(ts).toISOString()}>
    {TIME.format(ts)}
  </time>
);

type LineProps = Acts & { message: Message; roomId: string };

const MessageLine = ({ message, roomId, onReply, again, discard }: LineProps) => {
  const { id, name, replyTo, state, edited } = message;
  return (
    <li className={css["line"]} data-message={id} data-state={state}>
      {replyTo !== null && (
        <p className={css["quoted"]}>
          <CornerUpLeft aria-hidden="true" />
          {replyTo.name === "" ? (
            words.chat.unknownReply
          ) : (
            <>
              <strong>
                <bdi>{replyTo.name}</bdi>
              </strong>{" "}
              {replyTo.body}
            </>
          )}
        </p>
      )}
      <div className={css["content"]}>
        <Body {...{ message, roomId }} />
        {edited && <small className={css["note"]}> ({words.chat.edited})</small>}
        {state === "sending" && <small className={css["note"]}> ({words.chat.sending})</small>}
      </div>
      {state === "failed" && (
        <p className={css["failed"]}>
          <span role="alert">{words.chat.notSent}</span>
          <Button onClick={() => again(id)}>{words.chat.again}</Button>
          <Button look="quiet" onClick={() => discard(id)}>
            {words.chat.discard}
          </Button>
        </p>
      )}
      {onReply !== null && state === "sent" && message.kind !== "redacted" && (
        <IconButton
          className={css["reply"]}
          label={words.chat.reply(name)}
          onClick={() => onReply(message)}
        >
          <CornerUpLeft aria-hidden="true" />
        </IconButton>
      )}
    </li>
  );
};

const Body = ({ message, roomId }: { message: Message; roomId: string }): ReactNode => {
  const { id, kind, body, name } = message;
  switch (kind) {
    case "text":
    case "notice":
    case "event":
      return <Text body={body} />;
    case "emote":
      return (
        <em>
          <bdi>{name}</bdi> <Text body={body} />
        </em>
      );
    case "redacted":
      return <em className={css["note"]}>{words.chat.redacted}</em>;
    case "attachment":
      return (
        <span className={css["attachment"]}>
          <Paperclip aria-hidden="true" />
          <span>{body === "" ? words.chat.attachment : body}</span>
          <Elsewhere {...{ roomId, id }} />
        </span>
      );
    case "unreadable":
      return (
        <span className={css["note"]}>
          {words.chat.unreadable} <Elsewhere {...{ roomId, id }} />
        </span>
      );
  }
};

/** In whatever client the person has for the rest of Matrix. */
const Elsewhere = ({ roomId, id }: { roomId: string; id: string }) => (
  <a
    href={`https://matrix.to/#/${encodeURIComponent(roomId)}/${encodeURIComponent(id)}`}
    target="_blank"
    rel="noreferrer"
  >
    {words.chat.openIn}
  </a>
);

const PAGE = location.origin + location.pathname;

const Text = ({ body }: { body: string }) => (
  <span className={css["text"]} dir="auto">
    {piecesOf(body, PAGE).map((piece, index) => {
      switch (piece.tag) {
        case "text":
          return piece.text;
        case "link":
          return (
            <a key={index} href={piece.url} target="_blank" rel="noreferrer noopener">
              {piece.url}
            </a>
          );
        case "room":
          return <RoomLink key={index} {...piece} />;
      }
    })}
  </span>
);

/** Within the client: a page of its own would take the account away from this one. */
const RoomLink = ({ url, roomId }: { url: string; roomId: string }) => {
  const { rooms } = useRooms();
  const { select } = useOpenRoom();
  const known = rooms.get(roomId);
  return (
    <a
      href={url}
      onClick={(event) => {
        event.preventDefault();
        if (known !== undefined) select(roomId);
      }}
    >
      {known?.name ?? url}
    </a>
  );
};
