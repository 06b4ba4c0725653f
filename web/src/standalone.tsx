import { MonitorSmartphone, ShieldAlert, TriangleAlert } from "lucide-react";
import { Loading, Message } from "./components/layout/message";
import layout from "./components/layout/layout.module.css";
import { HomePage } from "./components/standalone/home-page";
import { LoginPage } from "./components/standalone/login-page";
import { Button } from "./components/ui/button";
import { EngineContext } from "./hooks/engine-context";
import { StandaloneContext } from "./hooks/standalone-context";
import { useAccount } from "./hooks/use-account";
import type { Standalone } from "./services/matrix/standalone";
import { text } from "./strings/en";
import { words } from "./strings/standalone.en";
import { startStandalone } from "./standalone-wiring";

let started: Standalone | null = null;

/** The client on its own. Loaded only where somebody logs in or is logged in. */
const StandaloneApp = ({ roomId }: { roomId: string | null }) => {
  started ??= startStandalone(roomId);
  return (
    <StandaloneContext value={started}>
      <PhasePage standalone={started} />
    </StandaloneContext>
  );
};

export default StandaloneApp;

const PhasePage = ({ standalone }: { standalone: Standalone }) => {
  const { phase, useHere: takeOver } = useAccount();
  switch (phase.tag) {
    case "starting":
    case "loading":
      return (
        <main className={layout["single"]}>
          <Loading>{phase.tag === "starting" ? words.starting : words.loading}</Loading>
        </main>
      );
    case "login":
      // Another one's page is another page: nothing that was typed stays.
      return <LoginPage key={phase.user} {...phase} />;
    case "elsewhere":
      return (
        <main className={layout["single"]}>
          <Message
            Icon={MonitorSmartphone}
            title={words.elsewhere.title}
            help={words.elsewhere.help}
          >
            <Button look="primary" onClick={takeOver}>
              {words.elsewhere.action}
            </Button>
          </Message>
        </main>
      );
    case "insecure":
      return (
        <main className={layout["single"]}>
          <Message Icon={ShieldAlert} {...words.insecure} />
        </main>
      );
    case "failed": {
      const { code, detail } = phase.problem;
      return (
        <main className={layout["single"]}>
          <Message Icon={TriangleAlert} {...text.problems[code]} detail={detail}>
            <Button look="primary" onClick={() => location.reload()}>
              {text.tryAgain}
            </Button>
          </Message>
        </main>
      );
    }
    case "open": {
      const engine = standalone.engine();
      return engine === null ? null : (
        <EngineContext value={engine}>
          <HomePage />
        </EngineContext>
      );
    }
  }
};
