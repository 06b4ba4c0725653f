import {
  DoorClosed,
  Lock,
  LogOut,
  MonitorSmartphone,
  TriangleAlert,
  UserX,
  Users,
} from "lucide-react";
import type { Connection } from "../../lib/connection";
import { text } from "../../strings/en";
import { endedTitle } from "../../strings/ended";
import { Button } from "../ui/button";
import { Message } from "../layout/message";

type Stopped = Extract<Connection, { tag: "ended" | "refused" }>;
type Props = { connection: Stopped; onJoin: () => void; onBack: () => void };

/** Out of the call, or not let in: why, and what can be done. */
export const StoppedMessage = ({ connection, onJoin, onBack }: Props) => {
  if (connection.tag === "ended") {
    const { why } = connection;
    const Icon = { removed: UserX, duplicate: MonitorSmartphone, closed: DoorClosed }[why];
    return (
      <Message Icon={Icon} title={endedTitle(connection)} help={text.ended[why].help}>
        {why === "duplicate" && (
          <Button look="primary" onClick={onJoin}>
            {text.ended.duplicate.action}
          </Button>
        )}
        <Button onClick={onBack}>{text.back}</Button>
      </Message>
    );
  }
  const { code, detail } = connection.problem;
  const { title, help } = text.problems[code];
  const Icon =
    code === "FULL"
      ? Users
      : code === "LOCKED"
        ? Lock
        : code === "SESSION_ENDED"
          ? LogOut
          : TriangleAlert;
  return (
    <Message Icon={Icon} title={title} help={help} detail={detail}>
      <Button look="primary" onClick={onJoin}>
        {text.tryAgain}
      </Button>
      <Button onClick={onBack}>{text.back}</Button>
    </Message>
  );
};
