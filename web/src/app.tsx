import { LogIn, TriangleAlert } from "lucide-react";
import { lazy, Suspense } from "react";
import { CallPage } from "./components/layout/call-page";
import layout from "./components/layout/layout.module.css";
import { Loading, Message } from "./components/layout/message";
import { RoomPage } from "./components/layout/room-page";
import { EngineContext } from "./hooks/engine-context";
import { useTheme } from "./hooks/use-theme";
import { useVoiceChannel } from "./hooks/use-voice-channel";
import { text } from "./strings/en";
import { isLoggedIn, type Start } from "./wiring";

/** With the Matrix SDK: nobody who comes by a link, or as a widget, loads it. */
const Standalone = lazy(async () => import("./standalone"));

/** Which page; the rest is below. */
export const App = ({ engine, route }: Start) => {
  useTheme();
  if (engine === null && (route.tag === "home" || (route.tag === "room" && isLoggedIn())))
    return (
      <Suspense fallback={<Waiting />}>
        <Standalone roomId={route.roomId} />
      </Suspense>
    );
  if (engine === null) return <RoomPage roomId={route.tag === "room" ? route.roomId : null} />;
  return (
    <EngineContext value={engine}>
      <Opened inWidget={route.tag === "widget"} />
    </EngineContext>
  );
};

const Waiting = () => (
  <main className={layout["single"]}>
    <Loading>{text.loading}</Loading>
  </main>
);

const Opened = ({ inWidget }: { inWidget: boolean }) => {
  const { access } = useVoiceChannel();
  switch (access.tag) {
    case "opening":
      return (
        <main className={layout["single"]}>
          <Loading>{inWidget ? text.openingWidget : text.opening}</Loading>
        </main>
      );
    case "open":
      return <CallPage session={access.session} />;
    case "refused": {
      const { code, detail } = access.problem;
      const Icon = code === "LINK_SPENT" || code === "SESSION_ENDED" ? LogIn : TriangleAlert;
      return (
        <main className={layout["single"]}>
          <Message Icon={Icon} {...text.problems[code]} detail={detail} />
        </main>
      );
    }
  }
};
